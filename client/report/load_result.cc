#include "client/report/load_result.h"

namespace althing {

void LoadResult::Merge(const LoadResult& other) {
  finished += other.finished;
  reads += other.reads;
  writes += other.writes;
  modifies += other.modifies;
  ok += other.ok;
  reads_ok += other.reads_ok;
  read_hits += other.read_hits;
  conflicts += other.conflicts;
  for (const auto& [code, count] : other.errors) errors[code] += count;
  error_texts.insert(other.error_texts.begin(), other.error_texts.end());
  cancelled += other.cancelled;
  left_out += other.left_out;
  latency_ns.Merge(other.latency_ns);
  for (size_t kind = 0; kind < kOpKinds; ++kind) {
    latency_of_ns[kind].Merge(other.latency_of_ns[kind]);
  }
  late_ns.Merge(other.late_ns);
  duration_ns += other.duration_ns;
  answered += other.answered;
  interrupted = interrupted || other.interrupted;
}

}  // namespace althing
