#include "recorder.h"

/* The right is asked for here, where it counts, and not handed down as a flag: a report of which
 * a bit was changed, that is zero, or that was never made refuses. It is asked for again before
 * each channel, so that no single skipped instruction starts them all. */
uint32_t recorder_start(const hwl_report *report, uint32_t channels)
{
    uint32_t running = 0;
    if (hwl_report_grant(report) != HWL_GRANTED) {
        return 0;
    }
    while (running < channels && hwl_report_grant(report) == HWL_GRANTED) {
        running++; /* a camera would start the encoder of this channel */
    }
    return running;
}
