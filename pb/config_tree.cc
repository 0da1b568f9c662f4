#include "pb/config_tree.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "pb/config_file.h"
#include "pb/config_schema.h"
#include "pb/config_value.h"
#include "pb/json_text.h"

namespace althing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using nlohmann::json;

constexpr absl::string_view kElementShape = "{...} with id, host, client_port and peer_port";

absl::Status Refuse(absl::string_view where, absl::string_view words) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", words));
}

absl::Status UnknownName(const std::string& where, const std::string& name,
                         const Message& section) {
  std::vector<std::string> known;
  for (int i = 0; i < section.GetDescriptor()->field_count(); ++i) {
    known.push_back(section.GetDescriptor()->field(i)->name());
  }
  // This section first, then a setting that stands in the wrong one.
  std::optional<std::string> nearest = NearestName(name, known);
  nearest = nearest ? where + *nearest : NearestName(name, ConfigFieldPaths());
  return absl::InvalidArgumentError(
      absl::StrCat(where.empty() ? "" : where.substr(0, where.size() - 1) + ": ",
                   QuoteForMessage(name), " is no setting; ",
                   nearest ? absl::StrCat("did you mean ", *nearest, "?")
                           : absl::StrCat("here go: ", absl::StrJoin(known, ", "))));
}

class Reader {
 public:
  explicit Reader(std::vector<std::string>& paths) : paths_(paths) {}

  // `where` names the section to people, `rules` in the table of rules; both end with a dot unless
  // empty.
  absl::Status ReadSection(const json& tree, const std::string& where, const std::string& rules,
                           Message& section) {
    for (const auto& [name, value] : tree.items()) {
      const FieldDescriptor* field = section.GetDescriptor()->FindFieldByName(name);
      if (field == nullptr) return UnknownName(where, name, section);
      const absl::Status status = ReadField(value, where + name, rules + name, *field, section);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ReadField(const json& value, const std::string& where, const std::string& rule,
                         const FieldDescriptor& field, Message& section) {
    if (field.is_repeated()) return ReadList(value, where, field, section);
    if (field.message_type() != nullptr) {
      if (!value.is_object()) return Refuse(where, "not an object; write its settings in {...}");
      return ReadSection(value, where + ".", rule + ".",
                         *section.GetReflection()->MutableMessage(&section, &field));
    }
    const absl::Status status = SetFromJson(value, RuleOf(rule), field, section);
    if (!status.ok()) return Refuse(where, status.message());
    if (where == rule) paths_.push_back(where);  // Not inside a list.
    return absl::OkStatus();
  }

  absl::Status ReadList(const json& value, const std::string& where, const FieldDescriptor& field,
                        Message& section) {
    if (!value.is_array()) {
      return Refuse(where, absl::StrCat("not a list; write [...] of ", kElementShape));
    }
    for (size_t i = 0; i < value.size(); ++i) {
      const std::string element = absl::StrCat(where, "[", i, "]");
      if (!value[i].is_object()) {
        return Refuse(element, absl::StrCat("not an object; write ", kElementShape));
      }
      const absl::Status status =
          ReadSection(value[i], element + ".", absl::StrCat(field.name(), "."),
                      *section.GetReflection()->AddMessage(&section, &field));
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  std::vector<std::string>& paths_;
};

}  // namespace

absl::Status ReadConfigTree(const json& tree, v1::Config& config, std::vector<std::string>& paths) {
  if (!tree.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "not an object; write {\"replicas\": [...]} with a ", kElementShape, " for each replica"));
  }
  return Reader(paths).ReadSection(tree, "", "", config);
}

}  // namespace althing
