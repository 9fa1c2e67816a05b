/* build_episodes.c -- the few-shot tasks of data.order episodes. */
#include "config/build.h"
#include "data/sampler/sampler.h"

static const rg_episodes_settings *
settings_of (const rg_config *config)
{
    return config->values.data.order.settings;
}

int
rg_config_is_episodic (const rg_config *config)
{
    return ((const rg_sampler *) config->values.data.order.kind.row)->episodic;
}

/* What is drawn of a part: its own data, or a share of the classes of the training data. */
static rg_status
make (const rg_config *config, const rg_dataset *data, const char *key, uint32_t skip, uint32_t take, int upright, rg_episodes **out,
      rg_message *message)
{
    const rg_episodes_settings *said = settings_of (config);
    const uint32_t way = said->way > 0 ? (uint32_t) said->way : rg_dataset_classes (data) > 0 ? 5 : 1;
    const rg_episodes_spec spec = { .size = sizeof spec, .way = way, .shot = (uint32_t) said->shot, .query = (uint32_t) said->query,
                                    .seed = (uint64_t) config->values.seed, .skip = skip, .take = take, .upright = upright };
    rg_message reason;
    const rg_status status = rg_episodes_new (out, data, &spec, &reason);
    return status == RG_OK ? RG_OK : rg_config_fail (config, key, status, &reason, message);
}

/* Classes of the training data that are for a part, and a set of its own beside them: one of the two. */
static rg_status
check_part (const rg_config *config, int64_t classes, const char *key, const rg_dataset *own, const char *beside, rg_message *message)
{
    return classes > 0 && own != NULL
        ? rg_tree_fail_at_key (config->tree, key, message, RG_EUNSUPPORTED, "stands beside %s: the classes are given, or drawn", beside)
        : RG_OK;
}

/* Those of validation and test, after the training classes in the order that the seed gives. */
static rg_status
make_others (const rg_config *config, uint32_t first, rg_episodes **out, rg_message *message)
{
    const rg_episodes_settings *said = settings_of (config);
    rg_status status = RG_OK;
    if (config->valid != NULL)
        status = make (config, config->valid, "data.valid", 0, 0, 1, &out[RG_VALIDATION], message);
    else if (said->valid > 0)
        status = make (config, config->train, "data.valid_classes", first, (uint32_t) said->valid, 1, &out[RG_VALIDATION], message);
    if (status == RG_OK && config->test != NULL)
        status = make (config, config->test, "data.test", 0, 0, 1, &out[RG_TESTING], message);
    else if (status == RG_OK && said->test > 0)
        status = make (config, config->train, "data.test_classes", first + (uint32_t) said->valid, (uint32_t) said->test, 1,
                       &out[RG_TESTING], message);
    return status;
}

/* Turn the training images, after all else that is done to them. */
static rg_status
turn (const rg_config *config, rg_message *message)
{
    rg_message reason;
    const rg_status status = rg_dataset_turn (config->train, (uint32_t) settings_of (config)->rotations, &reason);
    return status == RG_OK ? RG_OK : rg_config_fail (config, "data.rotations", status, &reason, message);
}

/* How many upright classes or functions of the training data there are, and how many are left for training. */
static rg_status
count_classes (const rg_config *config, uint32_t *left, rg_message *message)
{
    const rg_episodes_settings *said = settings_of (config);
    rg_episodes *all;
    const rg_status status = make (config, config->train, "data.order", 0, 0, 1, &all, message);
    if (status != RG_OK)
        return status;
    const int64_t there = (int64_t) rg_episodes_groups (all);
    rg_episodes_free (all);
    *left = (uint32_t) (there - said->valid - said->test);
    return said->valid + said->test < there
        ? RG_OK
        : rg_tree_fail (config->tree, said->test > 0 ? "data.test_classes" : "data.valid_classes", message, RG_ERANGE,
                        "expected fewer than all of the %lld classes", (long long) there);
}

rg_status
rg_config_build_episodes (rg_config *config, rg_episodes **out, rg_message *message)
{
    uint32_t left = 0;
    if (!rg_config_is_episodic (config))
        return RG_OK;
    const rg_episodes_settings *said = settings_of (config);
    rg_status status = check_part (config, said->valid, "data.valid_classes", config->valid, "data.valid", message);
    if (status == RG_OK)
        status = check_part (config, said->test, "data.test_classes", config->test, "data.test", message);
    if (status == RG_OK)
        status = turn (config, message);
    if (status == RG_OK)
        status = count_classes (config, &left, message);
    if (status == RG_OK)
        status = make (config, config->train, "data.order", 0, said->valid + said->test > 0 ? left : 0, 0, &out[RG_TRAINING], message);
    return status == RG_OK ? make_others (config, left, out, message) : status;
}

void
rg_config_take_episodes (const rg_config *config, rg_part_played part, const rg_dataset *data, rg_model_loss *loss)
{
    const int which = data == config->valid ? RG_VALIDATION : data == config->test ? RG_TESTING : RG_TRAINING;
    loss->batches = rg_episodes_batches (config->episodes[which], part == RG_INNER ? RG_SUPPORT : RG_QUERY);
    if (part == RG_INNER && config->values.data.batch > 0)
        loss->batches.batch = (uint32_t) config->values.data.batch;
}
