/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the rows of the contract are put together from; only the table's own files include this. Each array
 * ends with a row without name.
 */

#include "common/contract.h"

extern const Parameter accounts_parameters[];
extern const Parameter add_dependency_parameters[];
extern const Parameter check_parameters[];
extern const Parameter clean_parameters[];
extern const Parameter dependencies_parameters[];
extern const Parameter enable_parameters[];
extern const Parameter events_parameters[];
extern const Parameter file_list_parameters[];
extern const Parameter history_parameters[];
extern const Parameter job_cancel_parameters[];
extern const Parameter job_list_parameters[];
extern const Parameter job_parameters[];
extern const Parameter kill_parameters[];
extern const Parameter list_parameters[];
extern const Parameter logs_parameters[];
extern const Parameter no_parameters[];
extern const Parameter preset_parameters[];
extern const Parameter prove_parameters[];
extern const Parameter run_parameters[];
extern const Parameter set_environment_parameters[];
extern const Parameter set_property_parameters[];
extern const Parameter look_parameters[];
extern const Parameter show_parameters[];
extern const Parameter triggers_parameters[];
extern const Parameter unit_parameters[];
extern const Parameter unit_pattern_parameters[];
extern const Parameter unset_environment_parameters[];
extern const Parameter watch_parameters[];

extern const Field account_result[];
extern const Field changed_result[];
extern const Field default_result[];
extern const Field event_result[];
extern const Field history_result[];
extern const Field jobs_list_result[];
extern const Field log_entry_result[];
extern const Field manager_environment_result[];
extern const Field manager_status_result[];
extern const Field no_result[];
extern const Field paths_list_result[];
extern const Field sockets_list_result[];
extern const Field timers_list_result[];
extern const Field unit_files_change_result[];
extern const Field unit_files_list_result[];
extern const Field unit_files_state_result[];
extern const Field units_cat_result[];
extern const Field units_dependencies_result[];
extern const Field units_job_result[];
extern const Field units_list_result[];
extern const Field units_prove_commands_result[];
extern const Field units_prove_result[];
extern const Field units_run_result[];
extern const Field units_show_result[];
extern const Field units_state_result[];
extern const Field units_status_result[];
extern const Field units_usage_result[];
