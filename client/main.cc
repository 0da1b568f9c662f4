#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "althing/client.h"
#include "althing_commit.h"
#include "client/cli.h"
#include "client/interrupt.h"

namespace {

// A standard stream that the caller closed would lend its number to the next socket, and what is
// printed would go to a replica. Opened for reading, it refuses to be written to.
void OccupyClosedStreams() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) == -1 && open("/dev/null", O_RDONLY) != stream) std::_Exit(6);
  }
}

}  // namespace

#if defined(__SANITIZE_ADDRESS__)
// libedit keeps the lines of its history to the end of the process.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:wcsdup"; }
#endif

int main(int argc, char** argv) {
  OccupyClosedStreams();
  std::signal(SIGPIPE, SIG_IGN);
  althing::HoldInterrupts();
  setenv("GRPC_VERBOSITY", "NONE", 0);  // Its errors come as status codes, which we print.
  const althing::CliHost host = {std::cin,
                                 std::cout,
                                 std::cerr,
                                 isatty(STDERR_FILENO) == 1,
                                 althing::InterruptPending,
                                 ALTHING_VERSION,
                                 althing::EndpointsFromConfig,
                                 isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1,
                                 althing::ForgetInterrupt,
                                 ALTHING_COMMIT};
  return althing::RunCli(host, argc, argv);
}
