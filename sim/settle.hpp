// The doors of the library, all at once: `#include <settle/settle.hpp>` in a project that found the package. What these
// headers declare checks what it is given and throws settle::Error; what other headers declare is inside, relies on
// what the doors have seen, and may change from one release to the next.
#pragma once

#include "core/error.hpp"                        // the one error type
#include "core/fingerprint.hpp"                  // to_hex
#include "core/worker_pool.hpp"                  // threads
#include "models/network/network.hpp"            // networks and their arrays
#include "models/network/network_checks.hpp"     // what every network fulfils
#include "models/theory/energy.hpp"              // energy and cost of states
#include "models/theory/relaxation.hpp"          // the continuous network at its fixed point
#include "models/theory/stability.hpp"           // linear theory of delays
#include "sim/data/dataset.hpp"                  // data from files
#include "sim/data/given_data.hpp"               // data from memory
#include "sim/engines/engine.hpp"                // the three engines
#include "sim/formats/weights_file.hpp"          // weights.h5
#include "sim/runs/description.hpp"              // a scenario in words
#include "sim/runs/run.hpp"                      // a whole run in its directory
#include "sim/runs/session/bare_run.hpp"         // a scenario for its numbers
#include "sim/runs/session/convergence.hpp"      // convergence figures
#include "sim/runs/session/initial_network.hpp"  // the network that a run begins with
#include "sim/runs/session/present.hpp"          // samples presented to weights
#include "sim/runs/session/session.hpp"          // train, infer, converge, stream
#include "sim/runs/session/stability_guide.hpp"  // theory beside measurement
#include "sim/runs/session/summary.hpp"          // the numbers of a run
#include "sim/runs/store/checkpoint.hpp"         // training states in files
#include "sim/runs/store/compare.hpp"            // two runs side by side
#include "sim/runs/store/hdf5_recording.hpp"     // recording.h5
#include "sim/runs/store/recorder.hpp"           // what a run hands to a recording
#include "sim/runs/store/recording.hpp"          // recordings, for reading
#include "sim/runs/studies/search.hpp"           // trials drawn from ranges
#include "sim/runs/studies/search_run.hpp"       // a whole search in its directory
#include "sim/runs/studies/sweep.hpp"            // a grid of points
#include "sim/runs/studies/sweep_run.hpp"        // a whole sweep in its directory
#include "sim/scenario/check_scenario.hpp"       // scenarios built in code
#include "sim/scenario/load.hpp"                 // scenarios from files, by name, and with changes
