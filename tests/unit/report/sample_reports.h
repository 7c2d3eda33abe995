// Reports made by hand, one a situation that a writer has to put into words.
#pragma once

#include "model/report.h"
#include "report/write_options.h"

namespace abicheck::sample {

WriteOptions options();

Report all_fine();         // 2.0; a wheel that uses NumPy, one that does not, one without modules, a bare module
Report many_failures();    // 2.0; 40 modules with two kinds of failures, one wheel that is fine before and after it
Report other_outcomes();   // 2.0; first use, crash, unknown with and without a finding, not applicable, a warning
Report through_another();  // 1.26, 2.0; one module that fails by itself, others that import it
Report only_problems();    // nothing could be read
Report unread_member();    // 2.0; a wheel of which one member could not be read
Report three_targets();    // 1.26, 2.0, 2.1
Report sixty_targets();    // a failure below, a failure above
Report hostile();          // names that are no UTF-8, that carry control sequences and line breaks
Report every_fact();       // one module with every kind of fact, known and unknown

}  // namespace abicheck::sample
