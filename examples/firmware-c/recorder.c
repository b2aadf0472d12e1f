#include "recorder.h"

/* A camera would start the encoder of one channel here. What was granted comes along as a word and
 * is compared once more, so that whatever leads here without it starts nothing. */
static __attribute__((noinline)) uint32_t start_channel(uint32_t right)
{
    return right == HWL_GRANTED ? 1u : 0u;
}

/* The right is asked for here, where it counts and for each channel anew, and not handed down as a
 * flag: a report of which a bit was changed, that is zero, or that was never made refuses. Without
 * `volatile` the compiler may hand on the constant instead of what was answered. */
uint32_t recorder_start(const hwl_report *report, uint32_t channels)
{
    uint32_t running = 0;
    while (running < channels) {
        volatile uint32_t right = hwl_report_grant(report);
        if (right != HWL_GRANTED) {
            break;
        }
        running += start_channel(right);
    }
    return running;
}
