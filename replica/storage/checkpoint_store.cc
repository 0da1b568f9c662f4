#include "replica/storage/checkpoint_store.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "replica/storage/log_format.h"

namespace althing {
namespace {

std::string KeyOfPiece(uint64_t number, uint64_t piece) {
  return absl::StrCat(absl::string_view(EncodeFixed64(number).data(), kFixed64Bytes),
                      absl::string_view(EncodeFixed64(piece).data(), kFixed64Bytes));
}

std::string KeyOfRecord(uint64_t place) { return std::string(View(EncodeFixed64(place))); }

}  // namespace

uint64_t FirstPieceChain(uint64_t number) {
  return NextChain(0, absl::StrCat("checkpoint ", number));
}

absl::Status CheckpointStore::Read(
    absl::FunctionRef<absl::Status(const pb::CheckpointPiece&)> visit,
    rocksdb::Status* read) const {
  if (current_.number() == 0) return absl::OkStatus();
  rocksdb::ReadOptions once_through;
  once_through.fill_cache = false;
  once_through.readahead_size = 1 << 20;
  const std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator(once_through, pieces_));
  uint64_t chain = FirstPieceChain(current_.number());
  at->Seek(KeyOfPiece(current_.number(), 0));
  for (uint64_t i = 0; i < current_.pieces(); ++i, at->Next()) {
    *read = at->status();
    if (!read->ok()) return absl::OkStatus();
    if (!at->Valid() || at->key() != KeyOfPiece(current_.number(), i)) {
      return absl::DataLossError(
          absl::StrCat("piece ", i, " of checkpoint ", current_.number(), " is missing"));
    }
    chain = NextChain(chain, {at->value().data(), at->value().size()});
    pb::CheckpointPiece piece;
    if (at->value().empty() ||
        !piece.ParseFromArray(at->value().data(), static_cast<int>(at->value().size()))) {
      return absl::DataLossError(
          absl::StrCat("piece ", i, " of checkpoint ", current_.number(), " cannot be read"));
    }
    const absl::Status visited = visit(piece);
    if (!visited.ok()) return visited;
  }
  if (chain == current_.pieces_chain()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the pieces of checkpoint ", current_.number(),
                                          " are not those that were written"));
}

void CheckpointStore::OnBegun(const Part& part) {
  if (part.number <= last_begun()) return;  // Of another partition.
  parts_.push_back(part);
  if (part.number == current_.number()) bytes_before_current_ = part.bytes_before;
}

void CheckpointStore::Add(const LogBatch::Piece& piece, rocksdb::WriteBatch& write) {
  if (next_.number() != piece.number) {
    next_.Clear();
    next_.set_number(piece.number);
    next_.set_pieces_chain(FirstPieceChain(piece.number));
  }
  CHECK(write.Put(pieces_, KeyOfPiece(piece.number, next_.pieces()), piece.bytes).ok());
  next_.set_pieces(next_.pieces() + 1);
  next_.set_pieces_chain(NextChain(next_.pieces_chain(), piece.bytes));
  next_.set_bytes(next_.bytes() + piece.bytes.size());
}

void CheckpointStore::MakeCurrent(const LogBatch::Current& next, rocksdb::WriteBatch& write) {
  CHECK(next_.number() == next.number && next.number > current_.number());
  while (!parts_.empty() && parts_.front().number < next.log_from) parts_.pop_front();
  const bool cut = !parts_.empty() && parts_.front().number == next.log_from;
  next_.set_log_begin(cut ? parts_.front().place : current_.log_begin());
  next_.set_log_chain(cut ? parts_.front().chain : current_.log_chain());
  if (cut) bytes_gone_ = parts_.front().bytes_before;
  for (const Part& part : parts_) {
    if (part.number == next.number) bytes_before_current_ = part.bytes_before;
  }
  // Of the one before, and of those that came to nothing. What is older is deleted already: ranges
  // that do not overlap cost less to read.
  CHECK(write.DeleteRange(pieces_, KeyOfPiece(current_.number(), 0), KeyOfPiece(next.number, 0))
            .ok());
  if (cut) {
    CHECK(write.DeleteRange(log_, KeyOfRecord(current_.log_begin()), KeyOfRecord(next_.log_begin()))
              .ok());
  }
  current_ = next_;
  next_.Clear();
}

void CheckpointStore::DropOthers(rocksdb::WriteBatch& write) const {
  const std::unique_ptr<rocksdb::Iterator> at(
      database_->NewIterator(rocksdb::ReadOptions(), pieces_));
  const std::string behind = KeyOfPiece(current_.number() + 1, 0);
  at->Seek(behind);
  if (!at->Valid()) return;
  CHECK(write.DeleteRange(pieces_, behind, KeyOfPiece(UINT64_MAX, UINT64_MAX)).ok());
}

void CheckpointStore::DropFiles() {
  // Whole files of what was deleted; what shares a file with what is kept goes when the library
  // next merges that one. It is a matter of room alone: whether it succeeds changes nothing.
  const std::string pieces_end = KeyOfPiece(current_.number(), 0);
  const std::string log_end = KeyOfRecord(current_.log_begin());
  const std::string behind = KeyOfPiece(current_.number() + 1, 0);
  const rocksdb::Slice ends[] = {pieces_end, log_end};
  const rocksdb::Slice pieces_behind = behind;
  rocksdb::DeleteFilesInRange(database_, pieces_, nullptr, &ends[0], false).PermitUncheckedError();
  rocksdb::DeleteFilesInRange(database_, pieces_, &pieces_behind, nullptr, true)
      .PermitUncheckedError();
  rocksdb::DeleteFilesInRange(database_, log_, nullptr, &ends[1], false).PermitUncheckedError();
}

}  // namespace althing
