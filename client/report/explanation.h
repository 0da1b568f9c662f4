// What a replica answered to "what does this wait for?", for people and for programs.
#ifndef ALTHING_CLIENT_REPORT_EXPLANATION_H_
#define ALTHING_CLIENT_REPORT_EXPLANATION_H_

#include <nlohmann/json.hpp>
#include <string>

#include "pb/explain.pb.h"

namespace althing {

// Lines, each ending in a newline: the instances as trees, what must be before an instance indented
// below it. What the reply was asked for is not repeated.
std::string ExplanationText(const v1::ExplainReply& reply);

// Times in milliseconds, members as replica ids, instances as "0.17".
nlohmann::ordered_json ExplanationJson(const v1::ExplainReply& reply);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_EXPLANATION_H_
