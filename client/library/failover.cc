#include "client/library/failover.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace althing {
namespace {

// How often a call that waits for a connection asks again.
constexpr int64_t kAskAgainNs = 20'000'000;
// What fails so shortly before the deadline failed because of it.
constexpr int64_t kTooLateNs = 1'000'000;

}  // namespace

// A request under way. Each function that may end the call is the last thing that its caller does.
class Failover::Call {
 public:
  Call(Failover& owner, uint64_t id, Request request, Failover::Done done)
      : owner_(owner),
        id_(id),
        request_(std::move(request)),
        done_(std::move(done)),
        tried_(owner.replicas_.size()),
        failures_(owner.replicas_.size()) {
    deadline_ = loop().At(request_.deadline_ns, [this] { OnDeadline(); });
    next_ = loop().At(0, [this] { Advance(); });
  }

  void OnReplicasChanged() {
    if (waiting_) Advance();
  }

  // Ends the call.
  void Finish(End end) {
    loop().Cancel(deadline_);
    loop().Cancel(next_);
    loop().Cancel(patience_);
    end.uncertain = !end.status.ok() && (uncertain_ || !attempts_.empty());
    end.tries = tries_;
    for (auto& attempt : attempts_) {
      replicas().OnAbandoned(attempt->replica());
      owner_.Abandon(std::move(attempt));
    }
    const Failover::Done done = std::move(done_);
    owner_.Remove(id_);
    done(end);
  }

 private:
  using Chosen = ReplicaSet::Chosen;

  Loop& loop() { return owner_.loop_; }
  ReplicaSet& replicas() { return owner_.replicas_; }

  void AdvanceAt(int64_t when_ns) {
    loop().Cancel(next_);
    on_its_way_ = true;
    next_ = loop().At(when_ns, [this] { Advance(); });
  }

  // Sends to the next replica, or sees to it that this is called again.
  void Advance() {
    loop().Cancel(next_);
    on_its_way_ = waiting_ = false;
    const Chosen chosen = replicas().Choose(tried_);
    switch (chosen.what) {
      case Chosen::What::kReplica:
        return Send(chosen.replica);
      case Chosen::What::kWait:
        waiting_ = true;
        return AdvanceAt(NowNs() + kAskAgainNs);
      case Chosen::What::kNone:
        return EndRound();
    }
  }

  void Send(size_t replica) {
    tried_[replica] = true;
    ++tries_;
    replicas().OnSent(replica);
    attempts_.push_back(
        std::make_unique<Attempt>(replica, [this](Attempt& ended) { OnEnded(ended); }));
    attempts_.back()->Start(replicas().stub(replica), request_.question, request_.deadline_ns,
                            loop().queue());
    loop().Cancel(patience_);
    if (!request_.repeatable) return;
    const int64_t now_ns = NowNs();
    if (try_ns_ == 0) try_ns_ = (request_.deadline_ns - now_ns) / kTryParts;
    patience_ = loop().At(now_ns + try_ns_, [this, replica] { OnImpatience(replica); });
  }

  // The attempt stays open: it may be the first to answer all the same.
  void OnImpatience(size_t replica) {
    replicas().OnFailed(replica);
    failures_[replica] = "no answer so far";
    if (attempts_.size() < replicas().size() && !on_its_way_ && MayRetry()) Advance();
  }

  void OnEnded(Attempt& ended) {
    const auto at = std::find_if(attempts_.begin(), attempts_.end(),
                                 [&ended](const auto& attempt) { return attempt.get() == &ended; });
    const std::unique_ptr<Attempt> attempt = std::move(*at);
    attempts_.erase(at);
    const absl::Status status = attempt->status();
    if (status.ok()) {
      replicas().OnServed(attempt->replica());
      return Finish({.status = status, .answer = attempt->answer()});
    }
    const Failure failure = attempt->failure();
    if (failure == Failure::kUncertain || failure == Failure::kFinalUncertain) uncertain_ = true;
    failures_[attempt->replica()] = std::string(status.message());
    last_code_ = status.code();
    if (failure == Failure::kFinal || failure == Failure::kFinalUncertain) {
      replicas().OnServed(attempt->replica());
      final_ = {.status = status, .where = replicas().Name(attempt->replica())};
    } else {
      replicas().OnFailed(attempt->replica());
    }
    const int64_t now_ns = NowNs();
    if (!final_ && now_ns + kTooLateNs >= request_.deadline_ns) return OnDeadline();
    if (final_ || (uncertain_ && !request_.repeatable)) {
      loop().Cancel(next_);
      on_its_way_ = false;
    } else if (on_its_way_) {
      return;
    } else if (MayRetry()) {
      return AdvanceAt(now_ns + owner_.backoff_.DelayNs(tries_));
    }
    if (attempts_.empty()) Finish(final_.value_or(AllFailed()));
  }

  // Takes from the budget.
  bool MayRetry() {
    if (final_) return false;
    if (request_.free || owner_.budget_.Take()) return true;
    out_of_budget_ = true;
    return false;
  }

  // There is no replica left that has not been tried.
  void EndRound() {
    for (size_t i = 0; i < tried_.size(); ++i) {
      if (!tried_[i] && failures_[i].empty()) failures_[i] = "no connection could be made";
    }
    const bool all_busy = attempts_.size() == replicas().size();
    const bool more = !all_busy && ++rounds_ < owner_.rounds_max_;
    // The sending that found nobody left is still to come: it was the first, or has been paid for.
    if (!more) {
      if (attempts_.empty()) Finish(AllFailed());
      return;
    }
    std::fill(tried_.begin(), tried_.end(), false);
    for (const auto& attempt : attempts_) tried_[attempt->replica()] = true;
    AdvanceAt(NowNs() + owner_.backoff_.DelayNs(tries_ + rounds_));
  }

  void OnDeadline() {
    // Else a replica that hangs would be asked again and again.
    for (const auto& attempt : attempts_) {
      replicas().OnFailed(attempt->replica());
      failures_[attempt->replica()] = "no answer";
    }
    End end = AllFailed();
    const std::string why = std::exchange(end.where, "");
    end.status = absl::DeadlineExceededError(
        absl::StrCat("the deadline passed", end.status.message().empty() ? "" : ": ", why,
                     why.empty() ? "" : ": ", end.status.message()));
    Finish(std::move(end));
  }

  // Of what was tried, and what came of it.
  End AllFailed() const {
    std::vector<std::string> texts;
    size_t last = 0;
    for (size_t i = 0; i < failures_.size(); ++i) {
      if (failures_[i].empty()) continue;
      texts.push_back(absl::StrCat(owner_.replicas_.Name(i), ": ", failures_[i]));
      last = i;
    }
    End end;
    std::string text = absl::StrJoin(texts, "; ");
    if (texts.size() == 1) {
      end.where = owner_.replicas_.Name(last);
      text = failures_[last];
    }
    if (out_of_budget_) absl::StrAppend(&text, "; the retry budget is used up");
    end.status = absl::Status(last_code_, text);
    return end;
  }

  Failover& owner_;
  const uint64_t id_;
  const Request request_;
  Failover::Done done_;

  std::vector<bool> tried_;            // In this round.
  std::vector<std::string> failures_;  // The last one of each replica; empty if there was none.
  absl::StatusCode last_code_ = absl::StatusCode::kUnavailable;
  std::vector<std::unique_ptr<Attempt>> attempts_;  // That are open.
  std::optional<End> final_;  // What a replica said that would not be otherwise elsewhere.
  bool uncertain_ = false;    // Of attempts that have ended.
  bool on_its_way_ = false;   // Advance will be called.
  bool waiting_ = false;      // For a connection.
  bool out_of_budget_ = false;
  uint32_t tries_ = 0;
  uint32_t rounds_ = 0;
  int64_t try_ns_ = 0;
  Loop::TimerId deadline_, next_, patience_;
};

Failover::Failover(Loop& loop, ReplicaSet& replicas, const Options& options)
    : loop_(loop),
      replicas_(replicas),
      rounds_max_(options.rounds_max),
      budget_(options.retry_share, options.retry_burst),
      backoff_(options.seed) {}

Failover::~Failover() = default;

uint64_t Failover::Start(Request request, Done done) {
  if (!request.free) budget_.OnCall();
  const uint64_t id = ++last_id_;
  calls_.emplace(id, std::make_unique<Call>(*this, id, std::move(request), std::move(done)));
  return id;
}

void Failover::Cancel(uint64_t id) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  found->second->Finish({.status = absl::CancelledError("the call was cancelled")});
}

void Failover::OnReplicasChanged() {
  std::vector<uint64_t> ids;
  for (const auto& [id, call] : calls_) ids.push_back(id);
  for (const uint64_t id : ids) {
    // It may have ended with an earlier one of them.
    if (const auto found = calls_.find(id); found != calls_.end()) {
      found->second->OnReplicasChanged();
    }
  }
}

void Failover::CancelAll() {
  while (!calls_.empty()) {
    calls_.begin()->second->Finish({.status = absl::CancelledError("the client was closed")});
  }
}

void Failover::Abandon(std::unique_ptr<Attempt> attempt) {
  attempt->Abandon([this](Attempt& ended) { abandoned_.erase(&ended); });
  const Attempt* key = attempt.get();
  abandoned_.emplace(key, std::move(attempt));
}

void Failover::Remove(uint64_t id) { calls_.erase(id); }

}  // namespace althing
