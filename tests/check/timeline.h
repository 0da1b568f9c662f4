// A violation as a picture: one page of HTML with nothing outside of it.
#ifndef ALTHING_TESTS_CHECK_TIMELINE_H_
#define ALTHING_TESTS_CHECK_TIMELINE_H_

#include <string>

#include "tests/check/judge.h"

namespace althing::check {

// Each fault of the judgement that is a violation: its words, and the operations of its key around
// those that contradict one another. One row for each client (more if its operations overlap),
// those of the contradicting operations on top; a bar from call to return; operations of unknown
// outcome are open to the right; the contradicting ones are marked and numbered. REQUIRES: the
// judgement is of this history.
std::string Timeline(const Judgement& judgement, const History& history);

}  // namespace althing::check

#endif  // ALTHING_TESTS_CHECK_TIMELINE_H_
