// What holds between files: tests mirror the code, settings are used, documents say what is true.
#ifndef ALTHING_TESTS_TIDY_TREE_RULES_H_
#define ALTHING_TESTS_TIDY_TREE_RULES_H_

#include <string>
#include <vector>

#include "pb/config_schema.h"
#include "tests/tidy/source.h"

namespace althing::tidy {

// pb/y.cc, client/.../y.cc and replica/x/.../y.cc have a y_test.cc below tests/pb, tests/client or
// tests/x, or a line "path: reason" in `exceptions` (the source tests/tidy/untested.txt), which
// names no file in vain.
std::vector<Finding> CheckTestsExist(const std::vector<Source>& tree, const Source& exceptions);

// Each of `fields` is read in replica/ or client/, as config.f() or as timing.tick_ms() of a
// variable or accessor with the section's name: a setting that does nothing is none.
std::vector<Finding> CheckSettingsAreUsed(const std::vector<Source>& tree,
                                          const std::vector<ConfigField>& fields);

// The comment of each field in `schema`, the source pb/config.proto, states the default of its
// rule.
std::vector<Finding> CheckSchemaComments(const Source& schema,
                                         const std::vector<ConfigField>& fields);

// `reference`, the source docs/config.md, has a row of each field with its default, bounds, flag
// and variable, and rows of replicas' fields; no row is of something else.
std::vector<Finding> CheckReference(const Source& reference,
                                    const std::vector<ConfigField>& fields);

}  // namespace althing::tidy

#endif  // ALTHING_TESTS_TIDY_TREE_RULES_H_
