#include "pb/config_value.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "pb/json_text.h"

namespace althing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using nlohmann::json;

constexpr size_t kTextBytesMax = 255;
constexpr size_t kClusterIdBytesMax = 64;
constexpr absl::string_view kTraceLevelPath = "debug.trace_level";

absl::Status Refused(absl::string_view found, absl::string_view is_not, absl::string_view use) {
  return absl::InvalidArgumentError(absl::StrCat(found, " is ", is_not, "; use ", use));
}

std::string Bounds(const FieldRule& rule) {
  if (rule.path == kTraceLevelPath) return "0, 1, 2 or 9";
  return absl::StrCat(rule.min, " to ", rule.max);
}

absl::Status WrongType(absl::string_view found, const FieldRule& rule,
                       const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return Refused(found, "neither true nor false", "one of them, without quotes");
    case FieldDescriptor::CPPTYPE_STRING:
      return Refused(found, "not a text", "a text in quotes");
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Refused(found, "not a number", Bounds(rule));
    default:
      return Refused(found, absl::StrCat("not a ", rule.noun.empty() ? "whole number" : rule.noun),
                     Bounds(rule));
  }
}

absl::Status OutOfRange(absl::string_view found, const FieldRule& rule) {
  if (!rule.noun.empty()) return Refused(found, absl::StrCat("not a ", rule.noun), Bounds(rule));
  return Refused(found, "out of range", Bounds(rule));
}

absl::Status SetWhole(uint64_t value, const FieldRule& rule, const FieldDescriptor& field,
                      Message& section) {
  const bool no_trace_level = rule.path == kTraceLevelPath && value > 2 && value != 9;
  if (value < rule.min || value > rule.max || no_trace_level) {
    return OutOfRange(absl::StrCat(value), rule);
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
    section.GetReflection()->SetUInt64(&section, &field, value);
  } else {
    section.GetReflection()->SetUInt32(&section, &field, static_cast<uint32_t>(value));
  }
  return absl::OkStatus();
}

absl::Status SetDouble(double value, const FieldRule& rule, const FieldDescriptor& field,
                       Message& section) {
  if (std::isnan(value) || value < static_cast<double>(rule.min) ||
      value > static_cast<double>(rule.max)) {
    return OutOfRange(absl::StrCat(value), rule);
  }
  section.GetReflection()->SetDouble(&section, &field, value);
  return absl::OkStatus();
}

bool IsIpv6(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

absl::Status CheckHost(const std::string& host) {
  if (host == "0.0.0.0" || host == "::") {
    return Refused(QuoteForMessage(host), "no address that others can reach",
                   "the name or address under which this replica is reached");
  }
  const bool name_like = std::all_of(host.begin(), host.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
  });
  if (name_like || IsIpv6(host)) return absl::OkStatus();
  return Refused(QuoteForMessage(host), "not a host",
                 "a name or an address, without port and brackets");
}

absl::Status CheckClusterId(const std::string& id) {
  const bool allowed = std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
  });
  if (allowed && id.size() <= kClusterIdBytesMax) return absl::OkStatus();
  return Refused(QuoteForMessage(id), "not a cluster id",
                 absl::StrCat("1 to ", kClusterIdBytesMax, " letters, digits, '.', '-' and '_'"));
}

absl::Status CheckChoice(const std::string& value, const FieldRule& rule) {
  const std::vector<absl::string_view> choices = absl::StrSplit(rule.choices, ", ");
  if (rule.choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) {
    return absl::OkStatus();
  }
  return Refused(QuoteForMessage(value), "not known", absl::StrCat("one of: ", rule.choices));
}

absl::Status SetString(absl::string_view text, const FieldRule& rule, const FieldDescriptor& field,
                       Message& section) {
  const std::string value(text);
  if (value.empty()) return absl::InvalidArgumentError("empty; write at least one character");
  const bool has_control = std::any_of(value.begin(), value.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
  if (has_control || value.size() > kTextBytesMax) {
    return Refused(QuoteForMessage(value), "not fit for a name",
                   absl::StrCat("1 to ", kTextBytesMax, " bytes without control characters"));
  }
  absl::Status status = CheckChoice(value, rule);
  if (rule.path == "cluster_id") status = CheckClusterId(value);
  if (rule.path == "replicas.host") status = CheckHost(value);
  if (!status.ok()) return status;
  section.GetReflection()->SetString(&section, &field, value);
  return absl::OkStatus();
}

// How a message names a JSON value that has the wrong type.
std::string Found(const json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  if (value.is_string()) return QuoteForMessage(value.get_ref<const std::string&>());
  return value.dump();
}

absl::Status SetWholeFromText(absl::string_view text, const FieldRule& rule,
                              const FieldDescriptor& field, Message& section) {
  const absl::string_view digits = absl::StartsWith(text, "-") ? text.substr(1) : text;
  const bool whole = !digits.empty() && std::all_of(digits.begin(), digits.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  if (!whole) return WrongType(QuoteForMessage(text), rule, field);
  uint64_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) return OutOfRange(QuoteForMessage(text), rule);
  return SetWhole(value, rule, field, section);
}

}  // namespace

absl::Status SetFromJson(const json& value, const FieldRule& rule, const FieldDescriptor& field,
                         Message& section) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!value.is_boolean()) break;
      section.GetReflection()->SetBool(&section, &field, value.get<bool>());
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_STRING:
      if (!value.is_string()) break;
      return SetString(value.get_ref<const std::string&>(), rule, field, section);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (!value.is_number()) break;
      return SetDouble(value.get<double>(), rule, field, section);
    default:
      if (value.is_number_unsigned()) {
        return SetWhole(value.get<uint64_t>(), rule, field, section);
      }
      if (value.is_number_integer()) return OutOfRange(value.dump(), rule);  // Below zero.
      break;
  }
  return WrongType(Found(value), rule, field);
}

absl::Status SetFromText(absl::string_view text, const FieldRule& rule,
                         const FieldDescriptor& field, Message& section) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text != "true" && text != "false") break;
      section.GetReflection()->SetBool(&section, &field, text == "true");
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_STRING:
      return SetString(text, rule, field, section);
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double value = 0;
      if (!absl::SimpleAtod(text, &value)) break;
      return SetDouble(value, rule, field, section);
    }
    default:
      return SetWholeFromText(text, rule, field, section);
  }
  return WrongType(QuoteForMessage(text), rule, field);
}

std::string FormatValue(const Message& section, const FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *section.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(section, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_STRING:
      return json(reflection.GetString(section, &field))
          .dump(-1, ' ', false, json::error_handler_t::replace);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return json(reflection.GetDouble(section, &field)).dump();
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(section, &field));
    default:
      return absl::StrCat(reflection.GetUInt32(section, &field));
  }
}

}  // namespace althing
