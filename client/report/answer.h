// Answers to commands on keys, as text and as JSON.
#ifndef ALTHING_CLIENT_REPORT_ANSWER_H_
#define ALTHING_CLIENT_REPORT_ANSWER_H_

#include <nlohmann/json.hpp>
#include <string>

#include "althing/client.h"
#include "client/report/encoding.h"

namespace althing {

// key, found, value, removed, condition_failed, version: of one command (docs/client.md).
nlohmann::ordered_json ResultJson(const KeyCommand& command, const KeyResult& result);

// instance, partition, replica and, if so, repeated: added to `object`.
void AddPlace(nlohmann::ordered_json& object, const Outcome& outcome);

// "OK" of put and append, the value of get, the number of removed keys of del; no newline.
// REQUIRES: no condition failed.
std::string ResultText(const KeyCommand& command, const KeyResult& result, Encoding encoding);

// "the condition failed: the key has a value and version 3".
std::string FailedConditionText(const KeyResult& result);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_ANSWER_H_
