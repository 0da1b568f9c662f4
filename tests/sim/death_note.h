// What a process says if it dies: of a broken CHECK, or of what a sanitizer found.
#ifndef ALTHING_TESTS_SIM_DEATH_NOTE_H_
#define ALTHING_TESTS_SIM_DEATH_NOTE_H_

#include <string>

namespace althing::sim {

// To stderr, behind the words of what it dies of. The last text counts; a line at most, cut off
// after some hundred bytes.
void SayOnDeath(const std::string& text);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_DEATH_NOTE_H_
