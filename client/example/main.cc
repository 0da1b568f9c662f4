// Writes and reads through the client library: example CONFIG_FILE
#include <althing/client.h>

#include <iostream>

namespace {

// What every call may be asked.
void Print(const char* what, const althing::Outcome& outcome) {
  std::cout << what << ": ";
  if (!outcome.ok()) {
    const bool unknown = outcome.written == althing::Written::kUnknown;
    std::cout << outcome.status << (unknown ? " (it may have been written)" : "") << "\n";
  } else if (outcome.condition_failed()) {
    std::cout << "the condition failed, the key has version " << outcome.version() << "\n";
  } else {
    for (const althing::KeyResult& result : outcome.results) {
      std::cout << "[" << result.value << "] version " << result.version << " ";
    }
    std::cout << "\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: example CONFIG_FILE\n";
    return 64;
  }
  const auto endpoints = althing::EndpointsFromConfig(argv[1]);
  if (!endpoints.ok()) {
    std::cerr << endpoints.status() << "\n";
    return 1;
  }
  const auto client =
      althing::Client::Create({.endpoints = *endpoints, .timeout = absl::Seconds(10)});
  if (!client.ok()) {
    std::cerr << client.status() << "\n";
    return 1;
  }
  althing::Client& store = **client;

  // Each of these waits for its answer. However often it had to be sent, the append happens once.
  Print("put", store.Put("greeting", "hello"));
  Print("append", store.Append("greeting", " world"));
  const althing::Outcome read = store.Get("greeting");
  Print("get", read);

  // Written only if nobody else has written the key meanwhile.
  Print("replace", store.Put("greeting", "hi", {.if_version = read.version()}));
  Print("replace again", store.Put("greeting", "hey", {.if_version = read.version()}));

  // Several commands at one moment, on keys of one partition.
  using Operation = althing::KeyCommand::Operation;
  Print("together",
        store.Transact({{Operation::kAppend, "greeting", "!"}, {Operation::kGet, "greeting"}}));

  // With a callback, which runs on the library's thread. Close waits for the calls under way.
  store.Delete("greeting", {}, [](const althing::Outcome& outcome) { Print("delete", outcome); });
  store.Close(absl::Seconds(10));
  return read.ok() ? 0 : 1;
}
