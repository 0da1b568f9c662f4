// Ctrl-C and SIGTERM as something to ask for, so that every command can end in its own words.
#ifndef ALTHING_CLIENT_INTERRUPT_H_
#define ALTHING_CLIENT_INTERRUPT_H_

namespace althing {

// Keeps SIGINT and SIGTERM pending from now on. REQUIRES: no other thread has been started, since
// each one inherits the mask.
void HoldInterrupts();

// True from the first such signal on. Any thread.
bool InterruptPending();

// Forgets a pending SIGINT. False if a SIGTERM is pending, which is never forgotten.
bool ForgetInterrupt();

}  // namespace althing

#endif  // ALTHING_CLIENT_INTERRUPT_H_
