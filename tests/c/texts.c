/* Texts for people: none is missing, whatever number is asked for. */

#include "check.h"

typedef const char *(*unsigned_name)(uint32_t number);

static void is_text(const char *text)
{
    CHECK(text != NULL);
    CHECK(text != NULL && text[0] != '\0');
}

void test_texts(void)
{
    static const unsigned_name names[] = {
        hwl_reason_name, hwl_reason_text, hwl_reason_next_step, hwl_component_name, hwl_evidence_name,
        hwl_field_name, hwl_class_name, hwl_change_name, hwl_change_cause_name, hwl_change_cause_text,
        hwl_change_next_step, hwl_tally_name, hwl_tally_text, hwl_tally_next_step, hwl_obstacle_name,
        hwl_obstacle_text, hwl_obstacle_next_step, hwl_event_precaution, hwl_update_progress_name,
        hwl_update_progress_text,
    };
    size_t i;
    uint32_t number;
    int32_t status;
    for (status = -600; status <= 2; status++) {
        is_text(hwl_status_name(status));
        is_text(hwl_status_text(status));
        is_text(hwl_status_remedy(status));
    }
    is_text(hwl_status_name(INT32_MIN));
    is_text(hwl_status_name(INT32_MAX));
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (number = 0; number < 70; number++) {
            is_text(names[i](number));
        }
        for (number = 1; number != 0; number <<= 1) {
            is_text(names[i](number));
            is_text(names[i](UINT32_MAX - number));
        }
    }
    is_text(hwl_version_text());
    CHECK(strcmp(hwl_status_name(HWL_OK), "HWL_OK") == 0);
    CHECK(strcmp(hwl_status_name(HWL_E_BAD_SIGNATURE), "HWL_E_BAD_SIGNATURE") == 0);
    CHECK(strcmp(hwl_component_name(1), "board") == 0);
    CHECK(strcmp(hwl_evidence_name(HWL_EVIDENCE_MAC), hwl_evidence_name(HWL_EVIDENCE_CONTAINER)) != 0);
}
