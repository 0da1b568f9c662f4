// Configurations that must be refused, each with the exact line that says why.
#ifndef ALTHING_TESTS_PB_CONFIG_BAD_CASES_H_
#define ALTHING_TESTS_PB_CONFIG_BAD_CASES_H_

#include <string>
#include <vector>

namespace althing::bad_config {

struct BadFile {
  std::string text;
  std::string message;  // After "FILE: ".
};

// A text that is one correct replica and `more`, which begins with a comma or is empty.
inline std::string With(const std::string& more) {
  return R"({"replicas": [{"id": 0, "host": "a", "client_port": 1, "peer_port": 2}])" + more + "}";
}

// A text with the given replicas and nothing else.
inline std::string Replicas(const std::string& list) { return R"({"replicas": )" + list + "}"; }

// The fields of one correct replica, whose ports are its own.
inline std::string One(int id) {
  return R"({"id": )" + std::to_string(id) + R"(, "host": "a", "client_port": )" +
         std::to_string(100 + id) + R"(, "peer_port": )" + std::to_string(200 + id) + "}";
}

inline std::string Many(int n) {
  std::string list = "[";
  for (int id = 0; id < n; ++id) list += (id == 0 ? "" : ", ") + One(id);
  return list + "]";
}

inline std::vector<BadFile> NotEvenJson() {
  return {
      {"", R"(empty; begin with {"replicas": [...]})"},
      {" \n\t", R"(empty; begin with {"replicas": [...]})"},
      {"// nothing but a comment\n",
       "line 2, column 1: not JSON: syntax error while parsing value - unexpected end of input; "
       "expected '[', '{', or a literal"},
      {"replicas: 5",
       "line 1, column 1: not JSON: syntax error while parsing value - invalid literal"},
      {"{\n  \"replicas\": [],\n}",
       "line 3, column 1: not JSON: syntax error while parsing object key - unexpected '}'; "
       "expected string literal"},
      {"{\"replicas\": [}",
       "line 1, column 15: not JSON: syntax error while parsing value - unexpected '}'; expected "
       "'[', '{', or a literal"},
      {"{\"cluster_id\": \"a",
       "line 1, column 18: not JSON: syntax error while parsing value - invalid string: missing "
       "closing quote"},
      {"{} {}",
       "line 1, column 4: not JSON: syntax error while parsing value - unexpected '{'; expected "
       "end of input"},
      {"{'cluster_id': 1}",
       "line 1, column 2: not JSON: syntax error while parsing object key - invalid literal"},
      {"{\"cluster_id\": \"\xFF\"}",
       "line 1, column 17: not JSON: syntax error while parsing value - invalid string: ill-formed "
       "UTF-8 byte"},
      {"\xEF\xBB\xBF{}", "begins with a byte order mark; save it as UTF-8 without one"},
      {std::string("{\n  \0}", 6), "line 2, column 3: a NUL byte; this is no text file in UTF-8"},
      {R"({"debug": {"drop_percent": NaN}})",
       "line 1, column 28: not JSON: syntax error while parsing value - invalid literal"},
      {R"({"debug": {"drop_percent": 1e999}})",
       "line 1, column 32: not JSON: number overflow parsing '1e999'"},
      {R"({"f": 1, "f": 2})", R"("f" is given twice; keep one)"},
      {R"({"batch": {"bytes_max": 1, "bytes_max": 1}})",
       R"(batch: "bytes_max" is given twice; keep one)"},
      {std::string(1'000'000, '['),
       "nested deeper than 16 levels; no setting is, so look for brackets too many"},
      {R"({"batch": )" + std::string(20, '[') + std::string(20, ']') + "}",
       "nested deeper than 16 levels; no setting is, so look for brackets too many"},
      {"[]",
       R"(not an object; write {"replicas": [...]} with a {...} with id, host, client_port and peer_port for each replica)"},
      {"7",
       R"(not an object; write {"replicas": [...]} with a {...} with id, host, client_port and peer_port for each replica)"},
  };
}

inline std::vector<BadFile> WrongNamesAndTypes() {
  return {
      {With(R"(, "partition": 1)"), R"("partition" is no setting; did you mean partitions?)"},
      {With(R"(, "Thrifty": true)"), R"("Thrifty" is no setting; did you mean thrifty?)"},
      {With(R"(, "tick_ms": 1)"), R"("tick_ms" is no setting; did you mean timing.tick_ms?)"},
      {With(R"(, "batch": {"byte_max": 1})"),
       R"(batch: "byte_max" is no setting; did you mean batch.bytes_max?)"},
      {With(R"(, "batch": {"volume": 1})"),
       R"(batch: "volume" is no setting; here go: commands_max, bytes_max, window_instances_max)"},
      {With(R"(, "": 1)"),
       R"("" is no setting; here go: cluster_id, replicas, f, e, partitions, hash_seed, thrifty, durability, schedulers, batch, queues, limits, timing, turn, directories, storage, memory, log, debug)"},
      {With(R"(, "cluster_id": 7)"), "cluster_id: 7 is not a text; use a text in quotes"},
      {With(R"(, "cluster_id": null)"), "cluster_id: null is not a text; use a text in quotes"},
      {With(R"(, "partitions": "4")"), R"(partitions: "4" is not a whole number; use 1 to 10000)"},
      {With(R"(, "partitions": 1.5)"), "partitions: 1.5 is not a whole number; use 1 to 10000"},
      {With(R"(, "partitions": [1])"), "partitions: a list is not a whole number; use 1 to 10000"},
      {With(R"(, "thrifty": 1)"),
       "thrifty: 1 is neither true nor false; use one of them, without quotes"},
      {With(R"(, "thrifty": "true")"),
       R"(thrifty: "true" is neither true nor false; use one of them, without quotes)"},
      {With(R"(, "batch": 5)"), "batch: not an object; write its settings in {...}"},
      {With(R"(, "debug": {"drop_percent": "1"})"),
       R"(debug.drop_percent: "1" is not a number; use 0 to 90)"},
      {R"({"replicas": {"id": 0}})",
       "replicas: not a list; write [...] of {...} with id, host, client_port and peer_port"},
      {R"({"replicas": [7]})",
       "replicas[0]: not an object; write {...} with id, host, client_port and peer_port"},
      {R"({"replicas": [{"port": 7}]})",
       R"(replicas[0]: "port" is no setting; did you mean replicas[0].client_port?)"},
      {R"({"replicas": [{"id": "0"}]})",
       R"(replicas[0].id: "0" is not a whole number; use 0 to 999)"},
      {R"({"replicas": [{"peer_port": "x"}]})",
       R"(replicas[0].peer_port: "x" is not a port; use 1 to 65535)"},
  };
}

inline std::vector<BadFile> BadReplicas() {
  return {
      {"{}", "replicas: none; name 1 to 9, each with id, host, client_port and peer_port"},
      {Replicas("[]"),
       "replicas: none; name 1 to 9, each with id, host, client_port and peer_port"},
      {Replicas(Many(10)), "replicas: 10 of them; a cluster has 1 to 9 replicas"},
      {Replicas(R"([{"id": 0, "client_port": 1, "peer_port": 2}])"),
       "replicas[0].host: missing; each replica needs id, host, client_port and peer_port"},
      {Replicas(R"([{"host": "a", "client_port": 1, "peer_port": 2}])"),
       "replicas[0].id: missing; each replica needs id, host, client_port and peer_port"},
      {Replicas("[" + One(0) + ", " + One(1) + R"(, {"peer_port": 70000}])"),
       "replicas[2].peer_port: 70000 is not a port; use 1 to 65535"},
      {Replicas(R"([{"client_port": 65536}])"),
       "replicas[0].client_port: 65536 is not a port; use 1 to 65535"},
      {Replicas(R"([{"client_port": 0}])"),
       "replicas[0].client_port: 0 is not a port; use 1 to 65535"},
      {Replicas(R"([{"peer_port": -1}])"),
       "replicas[0].peer_port: -1 is not a port; use 1 to 65535"},
      {Replicas(R"([{"id": 1000}])"), "replicas[0].id: 1000 is out of range; use 0 to 999"},
      {Replicas(R"([{"host": ""}])"), "replicas[0].host: empty; write at least one character"},
      {Replicas(R"([{"host": "a:7100"}])"),
       R"(replicas[0].host: "a:7100" is not a host; use a name or an address, without port and brackets)"},
      {Replicas(R"([{"host": "[::1]"}])"),
       R"(replicas[0].host: "[::1]" is not a host; use a name or an address, without port and brackets)"},
      {Replicas(R"([{"host": "0.0.0.0"}])"),
       R"(replicas[0].host: "0.0.0.0" is no address that others can reach; use the name or address under which this replica is reached)"},
      {Replicas(R"([{"host": "a\u0000b"}])"),
       R"(replicas[0].host: "a\x00b" is not fit for a name; use 1 to 255 bytes without control characters)"},
      {Replicas("[" + One(3) + ", " + One(4) + ", " + One(3) + "]"),
       "replicas[2].id: 3 is also the id of replicas[0]; give each its own"},
      {Replicas("[" + One(0) +
                R"(, {"id": 1, "host": "A", "client_port": 101, "peer_port": 100}])"),
       "replicas[1].peer_port: 100 on A is also replicas[0].client_port; give each its own"},
      {Replicas(R"([{"id": 1, "host": "a", "client_port": 101, "peer_port": 101}])"),
       "replicas[0].peer_port: 101 on a is also replicas[0].client_port; give each its own"},
  };
}

inline std::vector<BadFile> BadValues() {
  return {
      {With(R"(, "cluster_id": "")"), "cluster_id: empty; write at least one character"},
      {With(R"(, "cluster_id": "my cluster")"),
       R"(cluster_id: "my cluster" is not a cluster id; use 1 to 64 letters, digits, '.', '-' and '_')"},
      {With(R"(, "f": 1)"), "f: 1 does not fit 1 replica; use 0"},
      {With(R"(, "f": 5)"), "f: 5 is out of range; use 0 to 4"},
      {R"({"f": 3, "replicas": )" + Many(5) + "}", "f: 3 does not fit 5 replicas; use 0 to 2"},
      {R"({"e": 3, "replicas": )" + Many(5) + "}",
       "e: 3 does not fit 5 replicas with f = 2; use 0 to 2"},
      {R"({"f": 1, "e": 2, "replicas": )" + Many(5) + "}",
       "e: 2 does not fit 5 replicas with f = 1; use 0 to 1"},
      {R"({"f": 4, "e": 4, "replicas": )" + Many(9) + "}",
       "e: 4 does not fit 9 replicas with f = 4; use 0 to 3"},
      {With(R"(, "partitions": 0)"), "partitions: 0 is out of range; use 1 to 10000"},
      {With(R"(, "partitions": 10001)"), "partitions: 10001 is out of range; use 1 to 10000"},
      {With(R"(, "hash_seed": 18446744073709551616)"),
       "hash_seed: 1.8446744073709552e+19 is not a whole number; use 0 to 18446744073709551615"},
      {With(R"(, "schedulers": {"incoming": ""})"),
       "schedulers.incoming: empty; write at least one character"},
      {With(R"(, "schedulers": {"outgoing": "fif"})"),
       "schedulers.outgoing: \"fif\" is not known; use one of: fifo, lifo, round_robin"},
      {With(R"(, "batch": {"commands_max": 0})"),
       "batch.commands_max: 0 is out of range; use 1 to 1000000"},
      {With(R"(, "queues": {"client_messages_max": 0})"),
       "queues.client_messages_max: 0 is out of range; use 1 to 100000000"},
      {With(R"(, "limits": {"value_bytes_max": 0})"),
       "limits.value_bytes_max: 0 is out of range; use 1 to 1073741824"},
      {With(R"(, "timing": {"tick_ms": 0})"), "timing.tick_ms: 0 is out of range; use 1 to 1000"},
      {With(R"(, "timing": {"resend_ms": 5000})"),
       "timing.resend_ms: timing.resend_ms_max = 2000 is less than timing.resend_ms = 5000; raise "
       "the first or lower the second"},
      {With(R"(, "timing": {"resend_ms": 10, "resend_ms_max": 9})"),
       "timing.resend_ms_max: timing.resend_ms_max = 9 is less than timing.resend_ms = 10; raise "
       "the first or lower the second"},
      {With(R"(, "queues": {"peer_bytes_max": 1000})"),
       "queues.peer_bytes_max: queues.peer_bytes_max = 1000 has no room for a message of 4246400 "
       "bytes, which batch.bytes_max and limits allow; raise the first or lower the others"},
      {With(R"(, "limits": {"value_bytes_max": 4194304})"),
       "limits.value_bytes_max: limits.request_bytes_max = 4194304 has no room for a command of "
       "8392704 bytes (a key, a value and a value to compare with), which the other limits allow; "
       "raise the first or lower the others"},
      {With(R"(, "limits": {"port_bytes_max": 1000})"),
       "limits.port_bytes_max: 1000 is out of range; use 16777216 to 4294967295"},
      {With(R"(, "limits": {"port_bytes_max": 16777216, "request_bytes_max": 10000000})"),
       "limits.port_bytes_max: limits.port_bytes_max = 16777216 has no room for two messages of "
       "10052096 bytes, which batch.bytes_max and limits allow; raise the first or lower the "
       "others"},
      {With(R"(, "queues": {"client_bytes_max": 0})"),
       "queues.client_bytes_max: 0 is out of range; use 1 to 4294967295"},
      {With(R"(, "turn": {"microseconds_max": 0})"),
       "turn.microseconds_max: 0 is out of range; use 1 to 1000000"},
      {With(R"(, "directories": {"metrics": "a\nb"})"),
       R"(directories.metrics: "a\x0ab" is not fit for a name; use 1 to 255 bytes without control characters)"},
      {With(R"(, "durability": "sync")"),
       R"(durability: "sync" is not known; use one of: none, os, fsync)"},
      {With(R"(, "log": {"level": "loud"})"),
       R"(log.level: "loud" is not known; use one of: debug, info, warn, error)"},
      {With(R"(, "debug": {"drop_percent": 90.5})"),
       "debug.drop_percent: 90.5 is out of range; use 0 to 90"},
      {With(R"(, "debug": {"drop_percent": -1})"),
       "debug.drop_percent: -1 is out of range; use 0 to 90"},
      {With(R"(, "debug": {"trace_level": 3})"),
       "debug.trace_level: 3 is out of range; use 0, 1, 2 or 9"},
  };
}

}  // namespace althing::bad_config

#endif  // ALTHING_TESTS_PB_CONFIG_BAD_CASES_H_
