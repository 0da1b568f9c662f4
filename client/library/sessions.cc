#include "client/library/sessions.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

constexpr int64_t kActTimeoutNs = 5'000'000'000;

absl::Status WithReason(const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat("no session could be opened: ", status.message()));
}

}  // namespace

struct Sessions::Session {
  Session(Loop& loop, uint32_t partition)
      : partition(partition), waiters(loop, "a session was opened") {}

  const uint32_t partition;
  std::optional<v1::SessionId> id;  // Absent: not open yet.
  SessionNumbers numbers;
  Waiters waiters;       // For the id.
  int64_t heard_ns = 0;  // When a replica last answered a request of it.
  Loop::TimerId keeping;
};

Sessions::~Sessions() {
  for (const auto& [partition, session] : sessions_) loop_.Cancel(session->keeping);
}

void Sessions::SetLease(uint32_t session_ms) { keep_ns_ = int64_t{session_ms} * 1'000'000 / 3; }

void Sessions::Enter(uint32_t partition, int64_t deadline_ns, Entered entered) {
  std::shared_ptr<Session>& session = sessions_[partition];
  const bool is_new = session == nullptr;
  if (is_new) session = std::make_shared<Session>(loop_, partition);
  if (session->id) return entered(Place{session, session->numbers.Begin()});
  session->waiters.Add(deadline_ns, [session = std::weak_ptr(session),
                                     entered = std::move(entered)](const auto& end) {
    const std::shared_ptr<Session> open = session.lock();
    if (!end.status.ok() || open == nullptr) return entered(end);
    entered(Place{open, open->numbers.Begin()});
  });
  if (is_new) Open(session);
}

void Sessions::Open(const std::shared_ptr<Session>& session) {
  v1::ProposeRequest open;
  open.mutable_request()->mutable_open()->set_partition(session->partition);
  failover_.Start({.question = std::move(open),
                   .deadline_ns = session->waiters.deadline_ns(),
                   .repeatable = true,
                   .free = true},
                  [this, session](const Failover::End& end) { OnOpened(session, end); });
}

void Sessions::OnOpened(const std::shared_ptr<Session>& session, const Failover::End& end) {
  if (end.status.ok()) {
    session->id = std::get<v1::ProposeReply>(end.answer).session();
    session->heard_ns = NowNs();
    KeepLater(session);
    return session->waiters.Release(end);
  }
  // Of those who came later the deadline may not have passed.
  if (absl::IsDeadlineExceeded(end.status) && !session->waiters.empty()) return Open(session);
  Forget(session);
  Failover::End failed = end;
  failed.status = WithReason(end.status);
  failed.uncertain = false;  // The request itself was not sent.
  session->waiters.Release(failed);
}

void Sessions::Name(const Place& place, v1::Request& request) {
  *request.mutable_session() = *place.session->id;
  request.set_number(place.number);
}

void Sessions::Leave(const Place& place, bool answered) {
  Session& session = *place.session;
  session.numbers.End(place.number);
  if (answered) session.heard_ns = NowNs();
  if (session.numbers.TakeTrimDue()) Trim(place.session);
}

void Sessions::OnGone(const Place& place) { Forget(place.session); }

void Sessions::Forget(const std::shared_ptr<Session>& session) {
  loop_.Cancel(session->keeping);
  const auto found = sessions_.find(session->partition);
  if (found != sessions_.end() && found->second == session) sessions_.erase(found);
}

void Sessions::Act(const Session& session, v1::Request request, int64_t timeout_ns,
                   Failover::Done done) {
  v1::ProposeRequest act;
  *request.mutable_session() = *session.id;
  *act.mutable_request() = std::move(request);
  failover_.Start({.question = std::move(act),
                   .deadline_ns = NowNs() + timeout_ns,
                   .repeatable = true,
                   .free = true},
                  std::move(done));
}

void Sessions::Trim(const std::shared_ptr<Session>& session) {
  v1::Request trim;
  trim.mutable_trim()->set_below(session->numbers.low());
  // If it fails the next one does its work.
  Act(*session, std::move(trim), kActTimeoutNs, [](const Failover::End&) {});
}

void Sessions::KeepLater(const std::shared_ptr<Session>& session) {
  if (keep_ns_ == 0) return;
  session->keeping = loop_.At(session->heard_ns + keep_ns_, [this, session] { Keep(session); });
}

void Sessions::Keep(const std::shared_ptr<Session>& session) {
  if (session->heard_ns + keep_ns_ > NowNs()) return KeepLater(session);
  v1::Request keep;
  keep.mutable_keep();
  Act(*session, std::move(keep), keep_ns_, [this, session](const Failover::End& end) {
    if (absl::IsFailedPrecondition(end.status)) return Forget(session);
    if (absl::IsCancelled(end.status)) return;  // The client closes.
    if (end.status.ok()) session->heard_ns = NowNs();
    if (!end.status.ok()) session->heard_ns = NowNs() - keep_ns_ / 2;  // Sooner than usual.
    const auto found = sessions_.find(session->partition);
    if (found != sessions_.end() && found->second == session) KeepLater(session);
  });
}

void Sessions::CloseAll(int64_t deadline_ns, std::function<void()> done) {
  const auto left = std::make_shared<size_t>(1);
  const auto finish = [left, done = std::move(done)] {
    if (--*left == 0) done();
  };
  for (const auto& [partition, session] : std::exchange(sessions_, {})) {
    loop_.Cancel(session->keeping);
    if (!session->id) continue;
    ++*left;
    v1::Request close;
    close.mutable_close();
    Act(*session, std::move(close), deadline_ns - NowNs(),
        [finish](const Failover::End&) { finish(); });
  }
  loop_.At(0, finish);
}

}  // namespace althing
