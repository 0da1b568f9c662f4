// A timeline as text, as a Mermaid sequence diagram, and as Chrome's trace JSON.
#ifndef ALTHING_CLIENT_REPORT_TIMELINE_FORMATS_H_
#define ALTHING_CLIENT_REPORT_TIMELINE_FORMATS_H_

#include <string>

#include "client/report/timeline.h"

namespace althing {

// What it is of, what is known of the clocks, the phases, and a line per event. Replicas that
// remember nothing have a line that says why.
std::string TimelineText(const Timeline& timeline);

// One participant per replica, and the client. A message stands where it arrived; one whose arrival
// was not seen ends in a cross.
std::string TimelineMermaid(const Timeline& timeline);

// The Trace Event Format, an object, on one line; opens in Perfetto and in chrome://tracing. A
// process per replica, an arrow per message that was seen at both ends, the phases as bars of the
// coordinator.
std::string TimelineChrome(const Timeline& timeline);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_TIMELINE_FORMATS_H_
