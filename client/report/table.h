// Tables and numbers on a terminal.
#ifndef ALTHING_CLIENT_REPORT_TABLE_H_
#define ALTHING_CLIENT_REPORT_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace althing {

// One line per row, the first row being the header; columns are padded to their widest cell and
// set apart by two spaces, no line ends in spaces. REQUIRES: rows of equal length.
std::string RenderTable(const std::vector<std::vector<std::string>>& rows);

// 1234567 -> "1,234,567".
std::string WithCommas(uint64_t number);

// At most one decimal, none if it is zero: 97 -> "97", 12.34 -> "12.3". Below 0.1 as many as show
// two digits: 0.0123 -> "0.012", so that nothing that is there looks like nothing.
std::string Percent(double percent);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_TABLE_H_
