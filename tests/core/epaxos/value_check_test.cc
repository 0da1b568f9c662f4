#include "replica/core/epaxos/value_check.h"

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {
namespace {

// Member 0 of three, to whom 1.1 was proposed with deps [0 0 1] and F = {1 2}.
class ValueCheckTest : public StateFixture {
 protected:
  ValueCheckTest() : StateFixture(3), instance_(PreAccepted(At(1, 1))) {
    instance_.initial_known = true;
    instance_.initial_deps = instance_.deps = MakeDeps({0, 0, 1});
    instance_.fast_quorum = MemberSet(6);
  }

  template <typename M>
  static M Parse(const std::string& text) {
    M message;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        "id { coordinator: 1 slot: 1 } ballot: 3 " + text, &message))
        << text;
    return message;
  }
  std::string RecoverOk(const std::string& text, const std::string& key = "") {
    auto message = Parse<pb::RecoverOk>(text);
    if (!key.empty()) message.set_payload(Put(key));
    return std::string(CheckRecoverOk(state_, message).message());
  }
  static std::string Both(const std::string& one, const std::string& other) {
    return std::string(
        CheckTwoAnswers(Parse<pb::RecoverOk>(one), Parse<pb::RecoverOk>(other)).message());
  }
  std::string Invalidators(const std::string& text) {
    return std::string(CheckInvalidators(state_, instance_.initial_deps,
                                         Parse<pb::ValidateOk>("invalidators { " + text + " }"))
                           .message());
  }

  Instance& instance_;
};

TEST_F(ValueCheckTest, AValueIsThePayloadWithTheInitialDepsOrNoop) {
  const std::string payload = Put("k"), other = Put("other");
  const auto check = [&](const Instance* known, const std::string* bytes, bool noop, Deps deps) {
    return std::string(CheckValue(At(1, 1), known, bytes, noop, deps).message());
  };
  EXPECT_EQ(check(nullptr, &other, false, {}), "");
  EXPECT_EQ(check(&instance_, &payload, false, MakeDeps({1, 0, 1})), "");
  EXPECT_EQ(check(&instance_, nullptr, true, {}), "");
  EXPECT_EQ(check(&instance_, &other, false, MakeDeps({1, 0, 1})), "another payload for 1.1");
  EXPECT_EQ(check(&instance_, &payload, false, MakeDeps({1, 0, 0})),
            "deps of 1.1 without all of its initial deps");
}

TEST_F(ValueCheckTest, InitialDepsAndTheFastQuorumStay) {
  const char kOther[] = "other initial deps or another fast quorum for 1.1";
  const auto check = [&](Deps deps, uint32_t fast_quorum) {
    return std::string(CheckInitial(At(1, 1), &instance_, deps, MemberSet(fast_quorum)).message());
  };
  EXPECT_EQ(check(MakeDeps({0, 0, 1}), 6), "");
  EXPECT_EQ(check(MakeDeps({0, 0, 2}), 6), kOther);
  EXPECT_EQ(check(MakeDeps({0, 0, 1}), 7), kOther);
  instance_.initial_known = false;
  EXPECT_EQ(check(MakeDeps({0, 0, 2}), 7), "");
}

TEST_F(ValueCheckTest, AnAnswerFitsWhatIsKnown) {
  const std::string initial = " initial_deps: [0, 0, 1] fast_quorum: 6";
  EXPECT_EQ(RecoverOk(""), "");
  EXPECT_EQ(RecoverOk("phase: PHASE_PRE_ACCEPTED deps: [1, 0, 1]" + initial, "k"), "");
  EXPECT_EQ(RecoverOk("phase: PHASE_PRE_ACCEPTED deps: [1, 0, 1]" + initial, "other"),
            "another payload for 1.1");
  EXPECT_EQ(RecoverOk("phase: PHASE_ACCEPTED deps: [1, 0, 0]", "k"),
            "deps of 1.1 without all of its initial deps");
  EXPECT_EQ(RecoverOk("phase: PHASE_ACCEPTED accepted_ballot: 2 noop: true deps: [0, 0, 0]"), "");
  EXPECT_EQ(RecoverOk("initial_deps: [0, 0, 2] fast_quorum: 6"),
            "other initial deps or another fast quorum for 1.1");
  EXPECT_EQ(RecoverOk("initial_deps: [0, 0, 1] fast_quorum: 7"),
            "other initial deps or another fast quorum for 1.1");
}

TEST_F(ValueCheckTest, TwoAnswersAgreeOnWhatIsFixed) {
  const char kInitial[] =
      "other initial deps or another fast quorum for 1.1 than somebody else has";
  const std::string initial = "initial_deps: [0, 0, 1] fast_quorum: 6";
  EXPECT_EQ(Both(initial, initial), "");
  EXPECT_EQ(Both(initial, ""), "");
  EXPECT_EQ(Both(initial, "initial_deps: [0, 0, 2] fast_quorum: 6"), kInitial);
  EXPECT_EQ(Both(initial, "initial_deps: [0, 0, 1] fast_quorum: 7"), kInitial);
  const std::string noop = "phase: PHASE_ACCEPTED accepted_ballot: 2 noop: true deps: [0, 0, 0]";
  const std::string payload = "phase: PHASE_ACCEPTED accepted_ballot: 2 deps: [0, 0, 0]";
  EXPECT_EQ(Both(noop, noop), "");
  EXPECT_EQ(Both(noop, payload), "another value for 1.1 in ballot 2 than somebody else has");
  EXPECT_EQ(Both(payload, "phase: PHASE_ACCEPTED accepted_ballot: 2 deps: [1, 0, 0]"),
            "another value for 1.1 in ballot 2 than somebody else has");
  EXPECT_EQ(Both(payload, "phase: PHASE_ACCEPTED accepted_ballot: 1 deps: [1, 0, 0]"), "");
}

TEST_F(ValueCheckTest, AnInvalidatorConflictsAndNeitherHoldsTheOther) {
  PreAccepted(At(2, 3), "other");
  PreAccepted(At(2, 4));
  Committed(At(2, 5)).value = Value::kNoop;
  Committed(At(2, 6)).deps = MakeDeps({0, 1, 0});
  Committed(At(2, 7));
  EXPECT_EQ(Invalidators("id { coordinator: 2 slot: 2 }"), "") << "nothing is known of it";
  EXPECT_EQ(Invalidators("id { coordinator: 2 slot: 4 }"), "");
  EXPECT_EQ(Invalidators("id { coordinator: 2 slot: 7 } committed: true"), "");
  EXPECT_EQ(Invalidators("id { coordinator: 2 slot: 6 }"), "") << "its sender may not know";
  EXPECT_EQ(Invalidators("id { coordinator: 1 slot: 1 }"),
            "1.1 does not invalidate 1.1: it is the same");
  EXPECT_EQ(Invalidators("id { coordinator: 2 slot: 1 }"),
            "2.1 does not invalidate 1.1: it is among its initial deps");
  EXPECT_EQ(Invalidators("id { coordinator: 2 slot: 3 }"),
            "2.3 does not invalidate 1.1: they do not conflict");
  EXPECT_EQ(Invalidators("id { coordinator: 2 slot: 5 } committed: true"),
            "2.5 does not invalidate 1.1: it is a noop");
  EXPECT_EQ(Invalidators("id { coordinator: 2 slot: 6 } committed: true"),
            "2.6 does not invalidate 1.1: it depends on it");
}

}  // namespace
}  // namespace althing
