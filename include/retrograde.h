/* retrograde.h -- the whole library. */
#ifndef RETROGRADE_H
#define RETROGRADE_H

#include <retrograde/check.h>
#include <retrograde/config.h>
#include <retrograde/data.h>
#include <retrograde/dynamics.h>
#include <retrograde/estimator.h>
#include <retrograde/episodes.h>
#include <retrograde/examples.h>
#include <retrograde/exact.h>
#include <retrograde/forecast.h>
#include <retrograde/graph.h>
#include <retrograde/hyper.h>
#include <retrograde/inference.h>
#include <retrograde/keeper.h>
#include <retrograde/model.h>
#include <retrograde/names.h>
#include <retrograde/objective.h>
#include <retrograde/outer.h>
#include <retrograde/precision.h>
#include <retrograde/realtime.h>
#include <retrograde/registry.h>
#include <retrograde/schedule.h>
#include <retrograde/status.h>
#include <retrograde/table.h>
#include <retrograde/study.h>
#include <retrograde/team.h>
#include <retrograde/tie.h>
#include <retrograde/trajectory.h>
#include <retrograde/tune.h>
#include <retrograde/version.h>
#include <retrograde/weights.h>

#endif /* RETROGRADE_H */
