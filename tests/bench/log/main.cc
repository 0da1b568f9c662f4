// How long the event loop and those who wait for it spend on the log: with the log's thread, and
// writing in the same turn. docs/storage.md holds a table of it.
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "replica/core/check.h"
#include "replica/storage/log_store.h"
#include "replica/storage/rocksdb_log.h"

namespace althing {
namespace {

constexpr int kRecordBytes = 150;
// A busy loop goes on while the disk works, until so many turns are not durable.
constexpr size_t kTurnsUnderWayMax = 16;
constexpr int64_t kWorkNs = 100'000;  // Of a busy loop, in each turn, beside the log.

int64_t NowNs() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

void Work() {
  for (const int64_t end = NowNs() + kWorkNs; NowNs() < end;) {
  }
}

pb::Record MakeRecord() {
  pb::Record record;
  auto& committed = *record.mutable_committed();
  committed.mutable_id()->set_slot(1'000'000);
  for (int i = 0; i < 5; ++i) committed.add_deps(1'000'000);
  committed.set_payload(std::string(kRecordBytes - record.ByteSizeLong() - 3, 'x'));
  return record;
}

// The log as the event loop sees it.
struct Subject {
  std::function<void(int records)> append_and_flush;
  std::function<uint64_t()> durable;
  std::function<void()> sleep;  // Until more may be durable.
};

// With a wake by a file descriptor, as a loop that polls descriptors needs.
class Threaded {
 public:
  explicit Threaded(const LogStore::Options& store) : wake_(eventfd(0, EFD_CLOEXEC)) {
    auto log = RocksDbLog::Open({.store = store, .on_durable = [this] {
                                   const uint64_t one = 1;
                                   CHECK(write(wake_, &one, sizeof(one)) == sizeof(one));
                                 }});
    if (!log.ok()) std::fprintf(stderr, "%s\n", log.status().ToString().c_str());
    CHECK(log.ok());
    log_ = *std::move(log);
    CHECK(log_->Replay([](const pb::Record&) { return absl::OkStatus(); }).ok());
    log_->FlushNow();
  }
  ~Threaded() {
    log_.reset();
    close(wake_);
  }
  Subject subject() {
    return {[this](int records) {
              for (int i = 0; i < records; ++i) log_->Append(record_);
              log_->Flush();
            },
            [this] { return log_->durable(); },
            [this] {
              uint64_t count = 0;
              CHECK(read(wake_, &count, sizeof(count)) == sizeof(count));
            }};
  }

 private:
  const int wake_;
  const pb::Record record_ = MakeRecord();
  std::unique_ptr<RocksDbLog> log_;
};

class InTheSameTurn {
 public:
  explicit InTheSameTurn(const LogStore::Options& options) {
    auto store = LogStore::Open(options);
    CHECK(store.ok());
    store_ = *std::move(store);
    CHECK(store_->Replay([](const pb::Record&) { return absl::OkStatus(); }).ok());
  }
  Subject subject() {
    return {[this](int records) {
              batch_.Clear();
              for (int i = 0; i < records; ++i) batch_.Add(record_);
              CHECK(store_->Write(batch_).ok());
            },
            [this] { return store_->tail_place(); }, [] {}};
  }

 private:
  const pb::Record record_ = MakeRecord();
  std::unique_ptr<LogStore> store_;
  LogBatch batch_;
};

struct Result {
  double p50_us = 0;
  double p99_us = 0;
  double records_per_s = 0;
};

Result Summary(std::vector<int64_t> times, int64_t took_ns, uint64_t records) {
  std::sort(times.begin(), times.end());
  const auto at = [&](size_t percent) {
    return static_cast<double>(times[times.size() * percent / 100]) / 1e3;
  };
  return {at(50), at(99), static_cast<double>(records) * 1e9 / static_cast<double>(took_ns)};
}

// One turn after the other, each waits for its flush: the latency that the log adds.
Result Idle(Subject subject, int records, int turns) {
  std::vector<int64_t> times;
  uint64_t place = subject.durable();
  const int64_t start = NowNs();
  for (int i = 0; i < turns; ++i) {
    const int64_t begin = NowNs();
    subject.append_and_flush(records);
    place += static_cast<uint64_t>(records);
    while (subject.durable() < place) subject.sleep();
    times.push_back(NowNs() - begin);
  }
  return Summary(std::move(times), NowNs() - start,
                 static_cast<uint64_t>(turns) * static_cast<uint64_t>(records));
}

// The loop has other work in each turn, and does it while the disk writes if it can.
Result Busy(Subject subject, int records, int turns) {
  std::vector<int64_t> times;
  std::deque<std::pair<uint64_t, int64_t>> under_way;  // The last place of a turn, its begin.
  uint64_t place = subject.durable();
  const auto settle = [&] {
    for (const uint64_t durable = subject.durable();
         !under_way.empty() && under_way.front().first <= durable; under_way.pop_front()) {
      times.push_back(NowNs() - under_way.front().second);
    }
  };
  const int64_t start = NowNs();
  for (int i = 0; i < turns; ++i) {
    const int64_t begin = NowNs();
    Work();
    subject.append_and_flush(records);
    place += static_cast<uint64_t>(records);
    under_way.emplace_back(place, begin);
    for (settle(); under_way.size() >= kTurnsUnderWayMax; settle()) subject.sleep();
  }
  for (settle(); !under_way.empty(); settle()) subject.sleep();
  return Summary(std::move(times), NowNs() - start,
                 static_cast<uint64_t>(turns) * static_cast<uint64_t>(records));
}

void Run(const std::string& directory, int turns) {
  std::printf("%-6s %-8s %5s | %10s %10s %12s | %10s %10s %12s\n", "mode", "write", "batch",
              "idle p50us", "p99us", "records/s", "busy p50us", "p99us", "records/s");
  for (const bool sync : {true, false}) {
    for (const bool threaded : {true, false}) {
      for (const int records : {1, 10, 100}) {
        const LogStore::Options options = {.directory = directory + "/log", .sync = sync};
        std::filesystem::remove_all(options.directory);
        Result idle;
        Result busy;
        const auto measure = [&](Subject subject) {
          idle = Idle(subject, records, turns);
          busy = Busy(subject, records, turns);
        };
        if (threaded) {
          measure(Threaded(options).subject());
        } else {
          measure(InTheSameTurn(options).subject());
        }
        std::printf("%-6s %-8s %5d | %10.1f %10.1f %12.0f | %10.1f %10.1f %12.0f\n",
                    sync ? "fsync" : "os", threaded ? "thread" : "inline", records, idle.p50_us,
                    idle.p99_us, idle.records_per_s, busy.p50_us, busy.p99_us, busy.records_per_s);
        std::fflush(stdout);
      }
    }
  }
  std::filesystem::remove_all(directory + "/log");
}

}  // namespace
}  // namespace althing

int main(int argc, char** argv) {
  CLI::App app("Times the log of the disk, with a thread and without.", "log_bench");
  std::string directory = "run/log_bench";
  int turns = 2000;
  app.add_option("--directory", directory, "Where it writes")->capture_default_str();
  app.add_option("--turns", turns, "Of each measurement")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  althing::Run(directory, turns);
  return 0;
}
