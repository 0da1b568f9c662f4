#include "client/endpoints.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace althing {
namespace {

bool IsAddress(absl::string_view item) {
  const size_t colon = item.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) return false;
  const absl::string_view host = item.substr(0, colon);
  const bool bracketed = host.front() == '[' && host.back() == ']';
  if (!bracketed && host.find(':') != absl::string_view::npos) return false;
  if (host.find_first_of("/ \t") != absl::string_view::npos) return false;
  uint32_t port = 0;
  return absl::SimpleAtoi(item.substr(colon + 1), &port) && port >= 1 && port <= 65535;
}

}  // namespace

absl::StatusOr<std::vector<Endpoint>> ParseEndpoints(absl::string_view text) {
  std::vector<Endpoint> endpoints;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    const absl::string_view item = absl::StripAsciiWhitespace(part);
    if (!IsAddress(item)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--endpoints: \"", item,
                       "\" is not host:port. Write them as in localhost:7100,localhost:7101"));
    }
    const bool known = std::any_of(endpoints.begin(), endpoints.end(),
                                   [item](const Endpoint& e) { return e.address == item; });
    if (known) {
      return absl::InvalidArgumentError(
          absl::StrCat("--endpoints: ", item, " appears twice. Name each replica once"));
    }
    endpoints.push_back({static_cast<uint32_t>(endpoints.size()), std::string(item)});
  }
  return endpoints;
}

absl::StatusOr<size_t> FindReplica(const std::vector<Endpoint>& endpoints, uint32_t replica) {
  for (size_t i = 0; i < endpoints.size(); ++i) {
    if (endpoints[i].replica == replica) return i;
  }
  const std::string known = absl::StrJoin(
      endpoints, ", ",
      [](std::string* out, const Endpoint& endpoint) { absl::StrAppend(out, endpoint.replica); });
  return absl::InvalidArgumentError(
      absl::StrCat("there is no replica ", replica, ". Choose one of ", known));
}

std::string Describe(const Endpoint& endpoint) {
  return absl::StrCat("replica ", endpoint.replica, " (", endpoint.address, ")");
}

}  // namespace althing
