#include "replica/storage/log_store.h"

#include <google/protobuf/arena.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "replica/core/check.h"
#include "replica/storage/directory.h"
#include "replica/storage/log_format.h"
#include "replica/storage/machine.h"
#include "replica/storage/rocksdb_settings.h"
#include "replica/storage/store_check.h"
#include "replica/storage/torn_end.h"

namespace althing {
namespace {

constexpr char kIdentityKey[] = "identity";
constexpr char kChangesKey[] = "changes";
constexpr char kCheckpointKey[] = "checkpoint";
constexpr char kPeerPrefix[] = "peer.";

std::string MarkPath(const std::string& directory) { return directory + "/mark"; }

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

rocksdb::DBOptions SettingsFor(const LogStore::Options& options) {
  rocksdb::DBOptions settings = DatabaseSettings();
  if (options.env != nullptr) settings.env = options.env;
  return settings;
}

pb::StoreIdentity IdentityOf(const LogStore::Options& options) {
  pb::StoreIdentity identity;
  identity.set_format(kLogFormat);
  identity.set_cluster_id(options.cluster_id);
  identity.set_replica(options.replica.value);
  identity.set_config_hash(options.config_hash);
  return identity;
}

// Whether the library has found that the files are not what was written. Else it could not find
// out, and they may be whole.
bool SaysDamage(const rocksdb::Status& status) {
  // It gives its words for damage to a file that it cannot look at, too.
  if (status.IsCorruption() && absl::StrContains(status.ToString(), "Can't access")) {
    return absl::StrContains(status.ToString(), "No such file");
  }
  // No directory of ours is an invalid argument, unless its first file is missing.
  return status.IsCorruption() || status.IsNotFound() || status.IsPathNotFound() ||
         status.IsInvalidArgument();
}

// What the library says when it cannot open a directory.
absl::Status OpeningError(const LogStore::Options& options, const std::string& directory,
                          const rocksdb::Status& status) {
  const std::string text = status.ToString();
  if (status.IsIOError() &&
      (absl::StrContains(text, "lock hold by") || absl::StrContains(text, "While lock file"))) {
    return absl::UnavailableError(
        absl::StrCat("another process uses ", directory,
                     ": it is the same replica, started twice, or another one with the same "
                     "directories.data; stop one of them (",
                     text, ")"));
  }
  return LogReadError(directory, options.replica.value, text, !SaysDamage(status));
}

}  // namespace

std::string PeerKey(ReplicaId replica) { return absl::StrCat(kPeerPrefix, replica.value); }

LogStore::LogStore(Options options)
    : options_(std::move(options)), write_(std::make_unique<rocksdb::WriteBatch>()) {}

LogStore::~LogStore() {
  for (rocksdb::ColumnFamilyHandle* family : {pieces_, log_, meta_}) {
    if (family != nullptr) database_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  }
  // Everything that counts is written already.
  if (database_ != nullptr) database_->Close().PermitUncheckedError();
}

absl::StatusOr<std::unique_ptr<LogStore>> LogStore::Open(Options options) {
  if (options.boot_id.empty()) {
    absl::StatusOr<std::string> boot_id = BootId();
    if (!boot_id.ok()) return boot_id.status();
    options.boot_id = *std::move(boot_id);
  }
  bool is_new = false;
  absl::Status status = IsMissingOrEmpty(options.directory, &is_new);
  // One that is there may have been renamed by a start that ended before it could sync that.
  if (status.ok()) status = is_new ? Format(options) : MakeDirectory(options.directory);
  if (!status.ok()) return status;

  auto store = std::unique_ptr<LogStore>(new LogStore(std::move(options)));
  auto mark = HighWaterMark::Open(MarkPath(store->options_.directory));
  if (absl::IsDataLoss(mark.status())) return store->Damaged(std::string(mark.status().message()));
  if (!mark.ok()) return mark.status();
  store->mark_ = *std::move(mark);
  store->formatted_ = is_new;
  status = store->OpenDatabase(store->options_.directory, false);
  if (absl::IsDataLoss(status)) status = store->OpenWithoutTornEnd(status);
  if (status.ok()) status = store->ReadMeta();
  if (!status.ok()) return status;
  return store;
}

absl::Status LogStore::Format(const Options& options) {
  const std::string directory = options.directory + ".new";
  absl::Status status = MakeDirectory(directory);
  if (!status.ok()) return status;
  // What an interrupted attempt has left. It takes the library's lock, so a running one is safe.
  const rocksdb::Status destroyed =
      rocksdb::DestroyDB(directory, rocksdb::Options(SettingsFor(options), MetaSettings()));
  if (!destroyed.ok()) return OpeningError(options, directory, destroyed);
  status = MakeDirectory(directory);  // The library removes it if nothing was left.
  if (!status.ok()) return status;
  {
    LogStore store(options);
    status = store.OpenDatabase(directory, true);
    if (!status.ok()) return status;
    pb::StoreIdentity identity = IdentityOf(options);
    identity.set_store_id(NewStoreId());
    pb::StoreStart start;
    start.set_boot_id(options.boot_id);
    start.set_synced(true);
    start.set_clean(true);
    const HighWaterMark::Mark mark = {.changes = 0, .chain = FirstChain(identity.store_id())};
    status = HighWaterMark::Create(MarkPath(directory), mark);
    if (!status.ok()) return status;
    auto opened = HighWaterMark::Open(MarkPath(directory));
    if (!opened.ok()) return opened.status();
    store.mark_ = *std::move(opened);
    store.now_ = mark;
    store.replayed_ = true;
    LogBatch batch;
    batch.AddMeta(kIdentityKey, identity.SerializeAsString());
    batch.AddMeta(kStartKey, start.SerializeAsString());
    batch.RequireSync();
    status = store.Write(batch);
    if (!status.ok()) return status;
  }
  status = SyncDirectory(directory);
  return status.ok() ? MoveDirectory(directory, options.directory) : status;
}

absl::Status LogStore::OpenDatabase(const std::string& directory, bool create) {
  rocksdb::DBOptions settings = SettingsFor(options_);
  settings.create_if_missing = create;
  settings.create_missing_column_families = create;
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, RecordSettings()},
      {"log", RecordSettings()},
      {"meta", MetaSettings()}};
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* database = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(settings, directory, families, &handles, &database);
  if (!status.ok()) return OpeningError(options_, directory, status);
  database_.reset(database);
  pieces_ = handles[0];
  log_ = handles[1];
  meta_ = handles[2];
  checkpoints_.Attach(*database_, *pieces_, *log_);
  return absl::OkStatus();
}

absl::Status LogStore::OpenWithoutTornEnd(const absl::Status& why) {
  rocksdb::Env* const env = SettingsFor(options_).env;
  rocksdb::FileLock* lock = nullptr;
  // As the library does it while it uses the directory.
  const rocksdb::Status locked = env->LockFile(options_.directory + "/LOCK", &lock);
  if (!locked.ok()) return OpeningError(options_, options_.directory, locked);
  const absl::StatusOr<uint64_t> cut = CutTornEnd(options_.directory);
  env->UnlockFile(lock).PermitUncheckedError();
  if (!cut.ok()) return cut.status();
  torn_bytes_ = *cut;
  // What was acknowledged and is missing nevertheless the mark knows; see Replay.
  return torn_bytes_ > 0 ? OpenDatabase(options_.directory, false) : why;
}

absl::Status LogStore::Damaged(const std::string& what) const {
  return DamagedLog(options_.directory, options_.replica.value, what);
}

absl::Status LogStore::ReadError(const std::string& what, const rocksdb::Status& status) const {
  return LogReadError(options_.directory, options_.replica.value,
                      absl::StrCat(what, ": ", status.ToString()), !SaysDamage(status));
}

absl::StatusOr<std::string> LogStore::ReadValue(const std::string& key) const {
  std::string value;
  const rocksdb::Status status = database_->Get(rocksdb::ReadOptions(), meta_, key, &value);
  if (status.IsNotFound()) return Damaged(absl::StrCat("\"", key, "\" is missing"));
  if (!status.ok()) return ReadError(absl::StrCat("\"", key, "\""), status);
  return value;
}

absl::Status LogStore::ReadMessage(const std::string& key,
                                   google::protobuf::MessageLite& message) const {
  const absl::StatusOr<std::string> value = ReadValue(key);
  if (!value.ok()) return value.status();
  if (message.ParseFromString(*value)) return absl::OkStatus();
  return Damaged(absl::StrCat("\"", key, "\" cannot be read"));
}

absl::Status LogStore::ReadMeta() {
  absl::Status status = ReadMessage(kIdentityKey, identity_);
  // Before the rest, which a newer format may have written in another way.
  if (status.ok()) status = CheckIdentity(options_.directory, identity_, IdentityOf(options_));
  if (status.ok()) status = ReadMessage(kStartKey, last_start_);
  if (!status.ok()) return status;
  status = CheckNothingWasInMemory(options_.directory, identity_, last_start_, options_.boot_id);
  if (!status.ok()) return status;
  const absl::StatusOr<std::string> changes = ReadValue(kChangesKey);
  if (!changes.ok()) return changes.status();
  if (changes->size() != kFixed64Bytes) {
    return Damaged(absl::StrCat("\"", kChangesKey, "\" cannot be read"));
  }
  now_.changes = DecodeFixed64(*changes);
  if (now_.changes < mark_->mark().changes) {
    return Damaged(absl::StrCat("change ", now_.changes, " of its state is the last, and change ",
                                mark_->mark().changes, " was written"));
  }
  status = ReadCheckpoint();
  return status.ok() ? ReadPeers() : status;
}

absl::Status LogStore::ReadCheckpoint() {
  std::string value;
  const rocksdb::Status status =
      database_->Get(rocksdb::ReadOptions(), meta_, kCheckpointKey, &value);
  // If one is missing that was there, the log does not begin where it should.
  if (status.IsNotFound()) return absl::OkStatus();
  if (!status.ok()) return ReadError(absl::StrCat("\"", kCheckpointKey, "\""), status);
  pb::StoreCheckpoint current;
  if (!current.ParseFromString(value)) {
    return Damaged(absl::StrCat("\"", kCheckpointKey, "\" cannot be read"));
  }
  checkpoints_.set_current(current);
  return absl::OkStatus();
}

absl::Status LogStore::ReplayCheckpoint(
    absl::FunctionRef<absl::Status(const pb::CheckpointPiece&)> visit) {
  rocksdb::Status read;
  const absl::Status status = checkpoints_.Read(visit, &read);
  if (!read.ok()) return ReadError("the checkpoint", read);
  if (absl::IsDataLoss(status)) return Damaged(std::string(status.message()));
  return status;
}

absl::Status LogStore::ReadPeers() {
  const std::unique_ptr<rocksdb::Iterator> at(
      database_->NewIterator(rocksdb::ReadOptions(), meta_));
  for (at->Seek(kPeerPrefix); at->Valid(); at->Next()) {
    const std::string key = at->key().ToString();
    absl::string_view id = key;
    if (!absl::ConsumePrefix(&id, kPeerPrefix)) break;
    uint32_t replica = 0;
    pb::StorePeer peer;
    if (!absl::SimpleAtoi(id, &replica) ||
        !peer.ParseFromArray(at->value().data(), static_cast<int>(at->value().size()))) {
      return Damaged(absl::StrCat("\"", key, "\" cannot be read"));
    }
    known_peers_[ReplicaId{replica}] = std::move(peer);
  }
  return at->status().ok() ? absl::OkStatus() : ReadError("peers", at->status());
}

absl::Status LogStore::Replay(absl::FunctionRef<absl::Status(const pb::Record&)> visit) {
  CHECK(!replayed_);
  rocksdb::ReadOptions once_through;
  once_through.fill_cache = false;
  once_through.readahead_size = 1 << 20;
  const std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator(once_through, log_));
  const bool cut = log_begin() > 1;
  HighWaterMark::Mark last = {
      .changes = now_.changes,
      .place = log_begin() - 1,
      .chain = cut ? checkpoints_.current().log_chain() : FirstChain(store_id())};
  for (at->Seek(ToSlice(View(EncodeFixed64(log_begin())))); at->Valid(); at->Next()) {
    const absl::Status status = ReplayOne(*at, last, visit);
    if (!status.ok()) return status;
  }
  if (!at->status().ok()) {
    return ReadError(absl::StrCat("behind record ", last.place), at->status());
  }
  if (last.place < mark_->mark().place) {
    return Damaged(absl::StrCat("record ", last.place, " is the last, and record ",
                                mark_->mark().place, " was written"));
  }
  now_ = last;
  replayed_ = true;
  return absl::OkStatus();
}

absl::Status LogStore::ReplayOne(rocksdb::Iterator& at, HighWaterMark::Mark& last,
                                 absl::FunctionRef<absl::Status(const pb::Record&)> visit) {
  const std::string_view key = ToView(at.key());
  const uint64_t place = key.size() == kFixed64Bytes ? DecodeFixed64(key) : 0;
  if (place != last.place + 1) {
    return Damaged(
        absl::StrCat("record ", last.place + 1, " is missing, the next one is record ", place));
  }
  const std::optional<LogValue> value = ReadLogValue(ToView(at.value()));
  const uint64_t chain = value.has_value() ? NextChain(last.chain, value->record) : 0;
  const HighWaterMark::Mark& mark = mark_->mark();
  if (!value.has_value() || value->chain != chain || (place == mark.place && chain != mark.chain)) {
    return Damaged(absl::StrCat("record ", place, " is not the one that was written"));
  }
  // What a record is made of is allocated in one piece, which most fit into, and freed in one.
  alignas(std::max_align_t) char first_block[1024];
  google::protobuf::Arena arena(first_block, sizeof(first_block));
  pb::Record& record = *google::protobuf::Arena::CreateMessage<pb::Record>(&arena);
  if (!record.ParseFromArray(value->record.data(), static_cast<int>(value->record.size()))) {
    return Damaged(absl::StrCat("record ", place, " cannot be read"));
  }
  const absl::Status visited = visit(record);
  if (!visited.ok()) {
    return absl::Status(visited.code(), absl::StrCat("record ", place, " of the log in ",
                                                     options_.directory, ": ", visited.message()));
  }
  if (record.has_checkpoint()) {
    checkpoints_.OnBegun({record.checkpoint().number(), place, last.chain, log_bytes_});
  }
  log_bytes_ += value->record.size();
  last.place = place;
  last.chain = chain;
  return absl::OkStatus();
}

absl::Status LogStore::Write(const LogBatch& batch) {
  CHECK(replayed_);
  HighWaterMark::Mark next = now_;
  write_->Clear();
  made_room_ = batch.current().has_value() || !tidied_;
  if (!std::exchange(tidied_, true)) checkpoints_.DropOthers(*write_);
  rocksdb::Status status = PutRecords(batch, next);
  if (status.ok()) status = PutCheckpoint(batch);
  for (size_t i = 0; i < batch.meta().size() && status.ok(); ++i) {
    status = write_->Put(meta_, batch.meta()[i].first, batch.meta()[i].second);
  }
  const bool changes = !batch.meta().empty() || batch.current().has_value();
  if (changes && status.ok()) {
    status = write_->Put(meta_, kChangesKey, ToSlice(View(EncodeFixed64(++next.changes))));
  }
  rocksdb::WriteOptions how;
  // Pieces of a checkpoint as well, though nothing rests on them yet: with fsync there is never
  // more than one write that is not synced (FindTornEnd), and the disk sets the pace.
  how.sync = options_.sync || batch.sync_required();
  if (how.sync && options_.sync_delay_ms > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(options_.sync_delay_ms));
  }
  if (status.ok()) status = database_->Write(how, write_.get());
  if (!status.ok()) {
    return absl::InternalError(absl::StrCat("cannot write the log in ", options_.directory, ": ",
                                            status.ToString(),
                                            "; whether the last records are there is unknown"));
  }
  now_ = next;
  return mark_->Write(now_);
}

void LogStore::DropFiles() {
  if (std::exchange(made_room_, false)) checkpoints_.DropFiles();
}

rocksdb::Status LogStore::PutCheckpoint(const LogBatch& batch) {
  for (const LogBatch::Piece& piece : batch.pieces()) checkpoints_.Add(piece, *write_);
  if (!batch.current().has_value()) return {};
  checkpoints_.MakeCurrent(*batch.current(), *write_);
  rocksdb::Status status =
      write_->Put(meta_, kCheckpointKey, checkpoints_.current().SerializeAsString());
  if (!status.ok() || identity_.format() == kLogFormat) return status;
  identity_.set_format(kLogFormat);  // Older releases must not take the log for a damaged one.
  return write_->Put(meta_, kIdentityKey, identity_.SerializeAsString());
}

rocksdb::Status LogStore::PutRecords(const LogBatch& batch, HighWaterMark::Mark& next) {
  rocksdb::Status status;
  auto begun = batch.begun().begin();
  for (size_t i = 0; i < batch.records() && status.ok(); ++i) {
    if (begun != batch.begun().end() && begun->record == i) {
      checkpoints_.OnBegun({begun++->number, next.place + 1, next.chain, log_bytes_});
    }
    log_bytes_ += batch.record(i).size();
    next.chain = NextChain(next.chain, batch.record(i));
    const Fixed64 place = EncodeFixed64(++next.place);
    const Fixed64 chain = EncodeFixed64(next.chain);
    const rocksdb::Slice key = ToSlice(View(place));
    const rocksdb::Slice value[] = {ToSlice(batch.record(i)), ToSlice(View(chain))};
    status = write_->Put(log_, rocksdb::SliceParts(&key, 1), rocksdb::SliceParts(value, 2));
  }
  return status;
}

}  // namespace althing
