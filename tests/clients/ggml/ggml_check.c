// ggml's Vulkan backend against ggml's CPU backend, both from the same package of shared libraries, operator by operator.
//
//   ggml_check FOLDER [NAME...]    FOLDER holds libggml-base.so, libggml-vulkan.so and the others; NAME filters by prefix
//
// Prints a line per case with the normalised mean square error between the two results, and exits with 1 when one is above its
// limit. The package has no headers: these are the declarations of ggml's public C interface that are used here.
#include <dirent.h>
#include <dlfcn.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct ggml_context ggml_context;
typedef struct ggml_tensor ggml_tensor;
typedef struct ggml_cgraph ggml_cgraph;
typedef struct ggml_backend *ggml_backend_t;
typedef struct ggml_backend_buffer *ggml_backend_buffer_t;
typedef struct ggml_backend_reg *ggml_backend_reg_t;
typedef struct ggml_backend_device *ggml_backend_dev_t;
struct ggml_init_params {
    size_t mem_size;
    void *mem_buffer;
    bool no_alloc;
};
enum {
    F32 = 0, F16 = 1, Q4_0 = 2, Q4_1 = 3, Q5_0 = 6, Q5_1 = 7, Q8_0 = 8, Q2_K = 10, Q3_K = 11, Q4_K = 12, Q5_K = 13, Q6_K = 14, IQ2_XXS = 16,
    IQ2_XS = 17, IQ3_XXS = 18, IQ1_S = 19, IQ4_NL = 20, IQ3_S = 21, IQ2_S = 22, IQ4_XS = 23, I32 = 26, I64 = 27, IQ1_M = 29, BF16 = 30, MXFP4 = 39
};

#define FUNCTIONS(X)                                                                                                        \
    X(ggml_backend_reg_t, ggml_backend_load, (const char *))                                                                \
    X(size_t, ggml_backend_reg_dev_count, (ggml_backend_reg_t))                                                             \
    X(ggml_backend_dev_t, ggml_backend_reg_dev_get, (ggml_backend_reg_t, size_t))                                           \
    X(const char *, ggml_backend_dev_description, (ggml_backend_dev_t))                                                     \
    X(ggml_backend_t, ggml_backend_dev_init, (ggml_backend_dev_t, const char *))                                            \
    X(bool, ggml_backend_supports_op, (ggml_backend_t, const ggml_tensor *))                                                \
    X(ggml_backend_buffer_t, ggml_backend_alloc_ctx_tensors, (ggml_context *, ggml_backend_t))                              \
    X(void, ggml_backend_buffer_free, (ggml_backend_buffer_t))                                                              \
    X(void, ggml_backend_tensor_set, (ggml_tensor *, const void *, size_t, size_t))                                         \
    X(void, ggml_backend_tensor_get, (const ggml_tensor *, void *, size_t, size_t))                                         \
    X(int, ggml_backend_graph_compute, (ggml_backend_t, ggml_cgraph *))                                                     \
    X(void, ggml_backend_free, (ggml_backend_t))                                                                            \
    X(ggml_context *, ggml_init, (struct ggml_init_params))                                                                 \
    X(void, ggml_free, (ggml_context *))                                                                                    \
    X(ggml_cgraph *, ggml_new_graph, (ggml_context *))                                                                      \
    X(void, ggml_build_forward_expand, (ggml_cgraph *, ggml_tensor *))                                                      \
    X(size_t, ggml_tensor_overhead, (void))                                                                                 \
    X(size_t, ggml_graph_overhead, (void))                                                                                  \
    X(size_t, ggml_nbytes, (const ggml_tensor *))                                                                           \
    X(int64_t, ggml_nelements, (const ggml_tensor *))                                                                       \
    X(size_t, ggml_row_size, (int, int64_t))                                                                                \
    X(size_t, ggml_quantize_chunk, (int, const float *, void *, int64_t, int64_t, int64_t, const float *))                  \
    X(void, ggml_fp32_to_fp16_row, (const float *, uint16_t *, int64_t))                                                    \
    X(void, ggml_fp16_to_fp32_row, (const uint16_t *, float *, int64_t))                                                    \
    X(ggml_tensor *, ggml_new_tensor_4d, (ggml_context *, int, int64_t, int64_t, int64_t, int64_t))                         \
    X(ggml_tensor *, ggml_mul_mat, (ggml_context *, ggml_tensor *, ggml_tensor *))                                          \
    X(ggml_tensor *, ggml_mul_mat_id, (ggml_context *, ggml_tensor *, ggml_tensor *, ggml_tensor *))                        \
    X(ggml_tensor *, ggml_soft_max_ext, (ggml_context *, ggml_tensor *, ggml_tensor *, float, float))                       \
    X(ggml_tensor *, ggml_rope_ext, (ggml_context *, ggml_tensor *, ggml_tensor *, ggml_tensor *, int, int, int, float, float, float, float, float, float)) \
    X(ggml_tensor *, ggml_flash_attn_ext, (ggml_context *, ggml_tensor *, ggml_tensor *, ggml_tensor *, ggml_tensor *, float, float, float)) \
    X(ggml_tensor *, ggml_norm, (ggml_context *, ggml_tensor *, float))                                                     \
    X(ggml_tensor *, ggml_rms_norm, (ggml_context *, ggml_tensor *, float))                                                 \
    X(ggml_tensor *, ggml_l2_norm, (ggml_context *, ggml_tensor *, float))                                                  \
    X(ggml_tensor *, ggml_group_norm, (ggml_context *, ggml_tensor *, int, float))                                          \
    X(ggml_tensor *, ggml_add, (ggml_context *, ggml_tensor *, ggml_tensor *))                                              \
    X(ggml_tensor *, ggml_sub, (ggml_context *, ggml_tensor *, ggml_tensor *))                                              \
    X(ggml_tensor *, ggml_mul, (ggml_context *, ggml_tensor *, ggml_tensor *))                                              \
    X(ggml_tensor *, ggml_div, (ggml_context *, ggml_tensor *, ggml_tensor *))                                              \
    X(ggml_tensor *, ggml_repeat, (ggml_context *, ggml_tensor *, ggml_tensor *))                                           \
    X(ggml_tensor *, ggml_get_rows, (ggml_context *, ggml_tensor *, ggml_tensor *))                                         \
    X(ggml_tensor *, ggml_cpy, (ggml_context *, ggml_tensor *, ggml_tensor *))                                              \
    X(ggml_tensor *, ggml_concat, (ggml_context *, ggml_tensor *, ggml_tensor *, int))                                      \
    X(ggml_tensor *, ggml_permute, (ggml_context *, ggml_tensor *, int, int, int, int))                                     \
    X(ggml_tensor *, ggml_cont, (ggml_context *, ggml_tensor *))                                                            \
    X(ggml_tensor *, ggml_scale, (ggml_context *, ggml_tensor *, float))                                                    \
    X(ggml_tensor *, ggml_clamp, (ggml_context *, ggml_tensor *, float, float))                                             \
    X(ggml_tensor *, ggml_diag_mask_inf, (ggml_context *, ggml_tensor *, int))                                              \
    X(ggml_tensor *, ggml_argsort, (ggml_context *, ggml_tensor *, int))                                                    \
    X(ggml_tensor *, ggml_sum_rows, (ggml_context *, ggml_tensor *))                                                        \
    X(ggml_tensor *, ggml_silu, (ggml_context *, ggml_tensor *))                                                            \
    X(ggml_tensor *, ggml_gelu, (ggml_context *, ggml_tensor *))                                                            \
    X(ggml_tensor *, ggml_relu, (ggml_context *, ggml_tensor *))                                                            \
    X(ggml_tensor *, ggml_tanh, (ggml_context *, ggml_tensor *))                                                            \
    X(ggml_tensor *, ggml_sigmoid, (ggml_context *, ggml_tensor *))                                                         \
    X(ggml_tensor *, ggml_sqr, (ggml_context *, ggml_tensor *))                                                             \
    X(ggml_tensor *, ggml_sqrt, (ggml_context *, ggml_tensor *))                                                            \
    X(ggml_tensor *, ggml_sin, (ggml_context *, ggml_tensor *))                                                             \
    X(ggml_tensor *, ggml_cos, (ggml_context *, ggml_tensor *))                                                             \
    X(ggml_tensor *, ggml_gelu_quick, (ggml_context *, ggml_tensor *))                                                      \
    X(ggml_tensor *, ggml_gelu_erf, (ggml_context *, ggml_tensor *))                                                        \
    X(ggml_tensor *, ggml_exp, (ggml_context *, ggml_tensor *))                                                             \
    X(ggml_tensor *, ggml_log, (ggml_context *, ggml_tensor *))                                                             \
    X(ggml_tensor *, ggml_abs, (ggml_context *, ggml_tensor *))                                                             \
    X(ggml_tensor *, ggml_neg, (ggml_context *, ggml_tensor *))                                                             \
    X(ggml_tensor *, ggml_step, (ggml_context *, ggml_tensor *))                                                            \
    X(ggml_tensor *, ggml_hardsigmoid, (ggml_context *, ggml_tensor *))                                                     \
    X(ggml_tensor *, ggml_hardswish, (ggml_context *, ggml_tensor *))                                                       \
    X(ggml_tensor *, ggml_softplus, (ggml_context *, ggml_tensor *))                                                        \
    X(ggml_tensor *, ggml_floor, (ggml_context *, ggml_tensor *))                                                           \
    X(ggml_tensor *, ggml_ceil, (ggml_context *, ggml_tensor *))                                                            \
    X(ggml_tensor *, ggml_round, (ggml_context *, ggml_tensor *))                                                           \
    X(ggml_tensor *, ggml_trunc, (ggml_context *, ggml_tensor *))                                                           \
    X(ggml_tensor *, ggml_elu, (ggml_context *, ggml_tensor *))                                                             \
    X(ggml_tensor *, ggml_sgn, (ggml_context *, ggml_tensor *))                                                             \
    X(ggml_tensor *, ggml_swiglu, (ggml_context *, ggml_tensor *))                                                          \
    X(ggml_tensor *, ggml_geglu, (ggml_context *, ggml_tensor *))                                                           \
    X(ggml_tensor *, ggml_reglu, (ggml_context *, ggml_tensor *))                                                           \
    X(ggml_tensor *, ggml_cumsum, (ggml_context *, ggml_tensor *))                                                          \
    X(ggml_tensor *, ggml_mean, (ggml_context *, ggml_tensor *))                                                            \
    X(ggml_tensor *, ggml_sum, (ggml_context *, ggml_tensor *))                                                             \
    X(ggml_tensor *, ggml_argmax, (ggml_context *, ggml_tensor *))                                                          \
    X(ggml_tensor *, ggml_set_rows, (ggml_context *, ggml_tensor *, ggml_tensor *, ggml_tensor *))                          \
    X(ggml_tensor *, ggml_leaky_relu, (ggml_context *, ggml_tensor *, float, bool))                                         \
    X(ggml_tensor *, ggml_count_equal, (ggml_context *, ggml_tensor *, ggml_tensor *))                                      \
    X(ggml_tensor *, ggml_out_prod, (ggml_context *, ggml_tensor *, ggml_tensor *))                                         \
    X(ggml_tensor *, ggml_im2col, (ggml_context *, ggml_tensor *, ggml_tensor *, int, int, int, int, int, int, bool, int))  \
    X(ggml_tensor *, ggml_conv_2d_direct, (ggml_context *, ggml_tensor *, ggml_tensor *, int, int, int, int, int, int))     \
    X(ggml_tensor *, ggml_conv_2d_dw_direct, (ggml_context *, ggml_tensor *, ggml_tensor *, int, int, int, int, int, int))  \
    X(ggml_tensor *, ggml_conv_transpose_1d, (ggml_context *, ggml_tensor *, ggml_tensor *, int, int, int))                 \
    X(ggml_tensor *, ggml_conv_transpose_2d_p0, (ggml_context *, ggml_tensor *, ggml_tensor *, int))                        \
    X(ggml_tensor *, ggml_pool_2d, (ggml_context *, ggml_tensor *, int, int, int, int, int, float, float))                  \
    X(ggml_tensor *, ggml_upscale, (ggml_context *, ggml_tensor *, int, int))                                               \
    X(ggml_tensor *, ggml_pad, (ggml_context *, ggml_tensor *, int, int, int, int))                                         \
    X(ggml_tensor *, ggml_roll, (ggml_context *, ggml_tensor *, int, int, int, int))                                        \
    X(ggml_tensor *, ggml_timestep_embedding, (ggml_context *, ggml_tensor *, int, int))                                    \
    X(ggml_tensor *, ggml_ssm_conv, (ggml_context *, ggml_tensor *, ggml_tensor *))                                         \
    X(ggml_tensor *, ggml_rwkv_wkv7, (ggml_context *, ggml_tensor *, ggml_tensor *, ggml_tensor *, ggml_tensor *, ggml_tensor *, ggml_tensor *, ggml_tensor *)) \
    X(ggml_tensor *, ggml_soft_max_ext_back, (ggml_context *, ggml_tensor *, ggml_tensor *, float, float))

#define DECLARE(type, name, arguments) static type(*name) arguments;
FUNCTIONS(DECLARE)

static void *load(const char *folder, const char *file) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
    return library;
}

// The library that knows backends carries the release in its name: libggml.RELEASE.so.
static void *load_registry(const char *folder) {
    DIR *entries = opendir(folder);
    struct dirent *entry;
    while (entries && (entry = readdir(entries)))
        if (strncmp(entry->d_name, "libggml.", 8) == 0) return load(folder, entry->d_name);
    fprintf(stderr, "%s: no libggml.*.so\n", folder);
    exit(2);
}

static ggml_backend_t open_backend(const char *folder, const char *file) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    ggml_backend_reg_t registry = ggml_backend_load(path);
    if (!registry || ggml_backend_reg_dev_count(registry) == 0) {
        fprintf(stderr, "%s: no device\n", file);
        exit(2);
    }
    ggml_backend_dev_t device = ggml_backend_reg_dev_get(registry, 0);
    printf("%-22s %s\n", file, ggml_backend_dev_description(device));
    return ggml_backend_dev_init(device, NULL);
}

// ---- Inputs: the same bytes for both backends

enum { MAX_INPUTS = 8 };
typedef struct {
    ggml_context *context;
    uint32_t state;
    int count;
    struct {
        ggml_tensor *tensor;
        void *bytes;
    } inputs[MAX_INPUTS];
} Build;

static float next(Build *build) {
    build->state = build->state * 1664525u + 1013904223u;
    return (float)(build->state >> 8) / 8388608.0f - 1;
}

static ggml_tensor *add_input(Build *build, int type, const int64_t *size, void *bytes) {
    ggml_tensor *tensor = ggml_new_tensor_4d(build->context, type, size[0], size[1], size[2], size[3]);
    build->inputs[build->count].tensor = tensor;
    build->inputs[build->count++].bytes = bytes;
    return tensor;
}

// Random numbers between low and high, in any type.
static ggml_tensor *input(Build *build, int type, int64_t a, int64_t b, int64_t c, int64_t d, float low, float high) {
    int64_t size[] = {a, b, c, d}, count = a * b * c * d;
    float *values = malloc((size_t)count * sizeof *values);
    for (int64_t i = 0; i < count; i++) values[i] = low + (high - low) * (next(build) + 1) / 2;
    void *bytes = values;
    if (type == F16) {
        bytes = malloc((size_t)count * 2);
        ggml_fp32_to_fp16_row(values, bytes, count);
    } else if (type != F32) {
        // How much each column counts: some types insist on being told.
        float *importance = malloc((size_t)a * sizeof *importance);
        for (int64_t i = 0; i < a; i++) importance[i] = 1;
        bytes = malloc(ggml_row_size(type, a) * (size_t)(b * c * d));
        ggml_quantize_chunk(type, values, bytes, 0, b * c * d, a, importance);
        free(importance);
    }
    if (bytes != values) free(values);
    return add_input(build, type, size, bytes);
}

static ggml_tensor *uniform(Build *build, int type, int64_t a, int64_t b, int64_t c, int64_t d) { return input(build, type, a, b, c, d, -1, 1); }

// Random indices below a limit; distinct within a row.
static ggml_tensor *indices(Build *build, int64_t a, int64_t b, int limit) {
    int64_t size[] = {a, b, 1, 1};
    int32_t *values = malloc((size_t)(a * b) * sizeof *values);
    for (int64_t row = 0; row < b; row++) {
        int first = (int)((next(build) + 1) / 2 * (float)limit) % limit;
        for (int64_t i = 0; i < a; i++) values[row * a + i] = (int32_t)((first + i) % limit);
    }
    return add_input(build, I32, size, values);
}

// ---- Cases

typedef struct Case {
    const char *name;
    ggml_tensor *(*build)(Build *, const struct Case *);
    int type;
    int64_t a, b, c;
    double limit;  // of the normalised mean square error
    int result;    // type of the result: F32, F16 or I32
    float parameter;
} Case;

static ggml_tensor *case_mul_mat(Build *b, const Case *k) { return ggml_mul_mat(b->context, uniform(b, k->type, k->c, k->a, 1, 1), uniform(b, F32, k->c, k->b, 1, 1)); }
static ggml_tensor *case_mul_mat_batch(Build *b, const Case *k) { return ggml_mul_mat(b->context, uniform(b, k->type, k->c, k->a, 2, 3), uniform(b, F32, k->c, k->b, 4, 3)); }
static ggml_tensor *case_mul_mat_id(Build *b, const Case *k) {
    ggml_tensor *experts = uniform(b, k->type, k->c, k->a, 4, 1), *x = uniform(b, F32, k->c, 2, k->b, 1);
    return ggml_mul_mat_id(b->context, experts, x, indices(b, 2, k->b, 4));
}
static ggml_tensor *case_soft_max(Build *b, const Case *k) { return ggml_soft_max_ext(b->context, input(b, F32, k->a, k->b, k->c, 1, -10, 10), NULL, 0.7f, 0); }
static ggml_tensor *case_soft_max_mask(Build *b, const Case *k) {
    ggml_tensor *x = input(b, F32, k->a, k->b, k->c, 1, -10, 10);
    return ggml_soft_max_ext(b->context, x, uniform(b, k->type, k->a, k->b, 1, 1), 0.7f, k->parameter);
}
static ggml_tensor *case_rope(Build *b, const Case *k) {
    ggml_tensor *x = uniform(b, k->type, k->a, k->b, k->c, 1);
    return ggml_rope_ext(b->context, x, indices(b, k->c, 1, 512), NULL, (int)k->a, (int)k->parameter, 512, 10000, 1, 0, 1, 32, 1);
}
static ggml_tensor *case_attention(Build *b, const Case *k) {
    ggml_tensor *q = uniform(b, F32, k->a, k->b, 4, 1), *key = uniform(b, k->type, k->a, k->c, 4, 1), *value = uniform(b, k->type, k->a, k->c, 4, 1);
    return ggml_flash_attn_ext(b->context, q, key, value, NULL, 0.125f, 0, 0);
}
// With a mask, as a model that writes text has, and two heads of queries to one of keys.
static ggml_tensor *case_attention_mask(Build *b, const Case *k) {
    ggml_tensor *q = uniform(b, F32, k->a, k->b, 4, 1), *key = uniform(b, k->type, k->a, k->c, 2, 1), *value = uniform(b, k->type, k->a, k->c, 2, 1);
    return ggml_flash_attn_ext(b->context, q, key, value, uniform(b, F16, k->c, k->b, 1, 1), 0.125f, k->parameter, 0);
}
static ggml_tensor *case_norm(Build *b, const Case *k) { return ggml_norm(b->context, uniform(b, F32, k->a, k->b, k->c, 1), 1e-6f); }
static ggml_tensor *case_rms_norm(Build *b, const Case *k) { return ggml_rms_norm(b->context, uniform(b, F32, k->a, k->b, k->c, 1), 1e-6f); }
static ggml_tensor *case_l2_norm(Build *b, const Case *k) { return ggml_l2_norm(b->context, uniform(b, F32, k->a, k->b, k->c, 1), 1e-6f); }
static ggml_tensor *case_group_norm(Build *b, const Case *k) { return ggml_group_norm(b->context, uniform(b, F32, k->a, k->b, k->c, 1), 4, 1e-6f); }

#define BINARY(name, low)                                                                                   \
    static ggml_tensor *case_##name(Build *b, const Case *k) {                                                     \
        ggml_tensor *x = uniform(b, k->type, k->a, k->b, k->c, 1), *y = input(b, k->type, k->a, k->b, k->c, 1, low, 1); \
        return ggml_##name(b->context, x, y);                                                               \
    }                                                                                                       \
    static ggml_tensor *case_##name##_row(Build *b, const Case *k) {                                               \
        ggml_tensor *x = uniform(b, k->type, k->a, k->b, k->c, 1), *y = input(b, k->type, k->a, 1, 1, 1, low, 1); \
        return ggml_##name(b->context, x, y);                                                               \
    }
BINARY(add, -1)
BINARY(sub, -1)
BINARY(mul, -1)
BINARY(div, 0.1f)

#define UNARY(name, low, high) \
    static ggml_tensor *case_##name(Build *b, const Case *k) { return ggml_##name(b->context, input(b, k->type, k->a, k->b, k->c, 1, low, high)); }
UNARY(silu, -10, 10)
UNARY(gelu, -10, 10)
UNARY(relu, -10, 10)
UNARY(tanh, -10, 10)
UNARY(sigmoid, -10, 10)
UNARY(sqr, -10, 10)
UNARY(sqrt, 0, 10)
UNARY(sin, -100, 100)
UNARY(cos, -100, 100)
UNARY(sum_rows, -1, 1)
UNARY(gelu_quick, -10, 10)
UNARY(gelu_erf, -10, 10)
UNARY(exp, -10, 5)
UNARY(log, 0.1f, 10)
UNARY(abs, -10, 10)
UNARY(neg, -10, 10)
UNARY(step, -10, 10)
UNARY(hardsigmoid, -10, 10)
UNARY(hardswish, -10, 10)
UNARY(softplus, -10, 10)
UNARY(floor, -10, 10)
UNARY(ceil, -10, 10)
UNARY(round, -10, 10)
UNARY(trunc, -10, 10)
UNARY(elu, -10, 10)
UNARY(sgn, -10, 10)
UNARY(swiglu, -3, 3)
UNARY(geglu, -3, 3)
UNARY(reglu, -3, 3)
UNARY(cumsum, -1, 1)
UNARY(mean, -1, 1)
UNARY(sum, 0, 1)
UNARY(argmax, -1, 1)

static ggml_tensor *case_scale(Build *b, const Case *k) { return ggml_scale(b->context, uniform(b, F32, k->a, k->b, k->c, 1), 2.5f); }
static ggml_tensor *case_clamp(Build *b, const Case *k) { return ggml_clamp(b->context, uniform(b, F32, k->a, k->b, k->c, 1), -0.5f, 0.25f); }
static ggml_tensor *case_argsort(Build *b, const Case *k) { return ggml_argsort(b->context, uniform(b, F32, k->a, k->b, k->c, 1), (int)k->parameter); }
static ggml_tensor *case_repeat(Build *b, const Case *k) {
    ggml_tensor *x = uniform(b, F32, k->a, k->b, k->c, 1);
    return ggml_repeat(b->context, x, uniform(b, F32, 2 * k->a, 3 * k->b, k->c, 1));
}
static ggml_tensor *case_get_rows(Build *b, const Case *k) { return ggml_get_rows(b->context, uniform(b, k->type, k->a, k->b, 1, 1), indices(b, k->c, 1, (int)k->b)); }
static ggml_tensor *case_concat(Build *b, const Case *k) {
    ggml_tensor *x = uniform(b, F32, k->a, k->b, k->c, 1);
    return ggml_concat(b->context, x, uniform(b, F32, k->a, k->b, k->c, 1), (int)k->parameter);
}
static ggml_tensor *case_cpy(Build *b, const Case *k) {
    ggml_tensor *x = uniform(b, k->type, k->a, k->b, k->c, 1);
    return ggml_cpy(b->context, x, uniform(b, k->result, k->a, k->b, k->c, 1));
}
static ggml_tensor *case_cont_permuted(Build *b, const Case *k) { return ggml_cont(b->context, ggml_permute(b->context, uniform(b, k->type, k->a, k->b, k->c, 1), 1, 2, 0, 3)); }

static ggml_tensor *case_leaky_relu(Build *b, const Case *k) { return ggml_leaky_relu(b->context, uniform(b, F32, k->a, k->b, k->c, 1), 0.1f, false); }
static ggml_tensor *case_set_rows(Build *b, const Case *k) {
    ggml_tensor *target = uniform(b, k->type, k->a, k->b, 1, 1), *rows = uniform(b, F32, k->a, k->c, 1, 1);
    return ggml_set_rows(b->context, target, rows, indices(b, k->c, 1, (int)k->b));
}
static ggml_tensor *case_soft_max_back(Build *b, const Case *k) {
    ggml_tensor *x = uniform(b, F32, k->a, k->b, k->c, 1);
    return ggml_soft_max_ext_back(b->context, x, input(b, F32, k->a, k->b, k->c, 1, 0, 1), 0.7f, 0);
}

// Images are width, height, channels, number; a kernel 3 x 3, channels of the image, k->c channels of the result.
static ggml_tensor *case_im2col(Build *b, const Case *k) {
    ggml_tensor *kernel = uniform(b, F16, 3, 3, 5, k->c);
    return ggml_im2col(b->context, kernel, uniform(b, F32, k->a, k->b, 5, 2), 1, 2, 1, 0, 1, 2, true, k->result);
}
static ggml_tensor *case_conv_2d(Build *b, const Case *k) {
    ggml_tensor *kernel = uniform(b, k->type, 3, 3, 5, k->c);
    return ggml_conv_2d_direct(b->context, kernel, uniform(b, F32, k->a, k->b, 5, 2), 1, 2, 1, 0, 1, 2);
}
static ggml_tensor *case_conv_2d_dw(Build *b, const Case *k) {
    ggml_tensor *kernel = uniform(b, k->type, 3, 3, 1, k->c);
    return ggml_conv_2d_dw_direct(b->context, kernel, uniform(b, F32, k->a, k->b, k->c, 2), 1, 2, 1, 0, 1, 1);
}
static ggml_tensor *case_conv_transpose_1d(Build *b, const Case *k) {
    ggml_tensor *kernel = uniform(b, F32, 3, k->c, k->b, 1);
    return ggml_conv_transpose_1d(b->context, kernel, uniform(b, F32, k->a, k->b, 1, 1), 2, 0, 1);
}
static ggml_tensor *case_conv_transpose_2d(Build *b, const Case *k) {
    ggml_tensor *kernel = uniform(b, F16, 3, 3, k->c, 5);
    return ggml_conv_transpose_2d_p0(b->context, kernel, uniform(b, F32, k->a, k->b, 5, 1), 2);
}
static ggml_tensor *case_pool_2d(Build *b, const Case *k) { return ggml_pool_2d(b->context, uniform(b, F32, k->a, k->b, k->c, 1), (int)k->parameter, 3, 2, 2, 2, 1, 0); }
static ggml_tensor *case_upscale(Build *b, const Case *k) { return ggml_upscale(b->context, uniform(b, F32, k->a, k->b, k->c, 1), 3, (int)k->parameter); }
static ggml_tensor *case_pad(Build *b, const Case *k) { return ggml_pad(b->context, uniform(b, F32, k->a, k->b, k->c, 1), 3, 2, 1, 1); }
static ggml_tensor *case_roll(Build *b, const Case *k) { return ggml_roll(b->context, uniform(b, F32, k->a, k->b, k->c, 1), 3, -2, 1, 0); }
static ggml_tensor *case_timestep_embedding(Build *b, const Case *k) { return ggml_timestep_embedding(b->context, input(b, F32, k->a, 1, 1, 1, 0, 1000), (int)k->b, 10000); }
static ggml_tensor *case_ssm_conv(Build *b, const Case *k) {
    ggml_tensor *x = uniform(b, F32, k->a + 3, k->b, k->c, 1);
    return ggml_ssm_conv(b->context, x, uniform(b, F32, 4, k->b, 1, 1));
}
static ggml_tensor *case_rwkv_wkv7(Build *b, const Case *k) {
    ggml_tensor *v[6];
    for (int i = 0; i < 6; i++) v[i] = input(b, F32, k->a, k->b, k->c, 1, i == 1 ? 0.5f : -0.2f, i == 1 ? 1 : 0.2f);
    return ggml_rwkv_wkv7(b->context, v[0], v[1], v[2], v[3], v[4], v[5], uniform(b, F32, k->a * k->a * k->b, 1, 1, 1));
}

// A feed-forward layer: several operators in one graph, so that dependencies between dispatches count.
static ggml_tensor *case_feed_forward(Build *b, const Case *k) {
    ggml_tensor *x = uniform(b, F32, k->a, k->b, 1, 1), *weight = uniform(b, F32, k->a, 1, 1, 1);
    ggml_tensor *gate = uniform(b, k->type, k->a, k->c, 1, 1), *up = uniform(b, k->type, k->a, k->c, 1, 1), *down = uniform(b, k->type, k->c, k->a, 1, 1);
    ggml_tensor *normal = ggml_mul(b->context, ggml_rms_norm(b->context, x, 1e-5f), weight);
    ggml_tensor *hidden = ggml_mul(b->context, ggml_silu(b->context, ggml_mul_mat(b->context, gate, normal)), ggml_mul_mat(b->context, up, normal));
    return ggml_add(b->context, x, ggml_mul_mat(b->context, down, hidden));
}

#define MUL_MAT(name, type)                                                     \
    {"mul_mat " name " vector", case_mul_mat, type, 64, 1, 256, 5e-4, F32, 0},       \
    {"mul_mat " name " few", case_mul_mat, type, 96, 5, 512, 5e-4, F32, 0},          \
    {"mul_mat " name " matrix", case_mul_mat, type, 128, 64, 512, 5e-4, F32, 0},     \
    {"mul_mat " name " odd", case_mul_mat, type, 67, 33, 256, 5e-4, F32, 0},         \
    {"mul_mat " name " batch", case_mul_mat_batch, type, 32, 8, 256, 5e-4, F32, 0},  \
    {"mul_mat_id " name, case_mul_mat_id, type, 64, 16, 256, 5e-4, F32, 0},          \
    {"get_rows " name, case_get_rows, type, 256, 32, 10, 1e-7, F32, 0},              \
    {"feed_forward " name, case_feed_forward, type, 256, 4, 512, 5e-4, F32, 0},

#define MUL_MAT_TYPE(name, type)                                                \
    {"mul_mat " name " vector", case_mul_mat, type, 64, 1, 256, 5e-4, F32, 0},       \
    {"mul_mat " name " matrix", case_mul_mat, type, 128, 64, 512, 5e-4, F32, 0},     \
    {"mul_mat_id " name, case_mul_mat_id, type, 64, 16, 256, 5e-4, F32, 0},          \
    {"get_rows " name, case_get_rows, type, 256, 32, 10, 1e-7, F32, 0},

static const Case cases[] = {
    MUL_MAT("f32", F32) MUL_MAT("f16", F16) MUL_MAT("q4_0", Q4_0) MUL_MAT("q8_0", Q8_0) MUL_MAT("q4_K", Q4_K) MUL_MAT("q6_K", Q6_K)
    MUL_MAT_TYPE("q4_1", Q4_1) MUL_MAT_TYPE("q5_0", Q5_0) MUL_MAT_TYPE("q5_1", Q5_1) MUL_MAT_TYPE("q2_K", Q2_K) MUL_MAT_TYPE("q3_K", Q3_K) MUL_MAT_TYPE("q5_K", Q5_K) MUL_MAT_TYPE("iq2_xxs", IQ2_XXS) MUL_MAT_TYPE("iq2_xs", IQ2_XS) MUL_MAT_TYPE("iq2_s", IQ2_S) MUL_MAT_TYPE("iq3_xxs", IQ3_XXS) MUL_MAT_TYPE("iq3_s", IQ3_S) MUL_MAT_TYPE("iq1_s", IQ1_S) MUL_MAT_TYPE("iq1_m", IQ1_M) MUL_MAT_TYPE("iq4_nl", IQ4_NL) MUL_MAT_TYPE("iq4_xs", IQ4_XS) MUL_MAT_TYPE("mxfp4", MXFP4) MUL_MAT_TYPE("bf16", BF16)
    {"soft_max", case_soft_max, F32, 32, 7, 3, 1e-6, F32, 0},
    {"soft_max long", case_soft_max, F32, 1023, 5, 2, 1e-6, F32, 0},
    {"soft_max longer", case_soft_max, F32, 9000, 2, 1, 1e-6, F32, 0},
    {"soft_max mask f32", case_soft_max_mask, F32, 100, 32, 4, 1e-6, F32, 0},
    {"soft_max mask f16", case_soft_max_mask, F16, 100, 32, 4, 1e-6, F32, 0},
    {"soft_max alibi", case_soft_max_mask, F32, 100, 32, 4, 1e-6, F32, 8},
    {"rope normal", case_rope, F32, 128, 8, 10, 1e-6, F32, 0},
    {"rope neox", case_rope, F32, 64, 8, 10, 1e-6, F32, 2},
    {"rope f16", case_rope, F16, 128, 8, 10, 1e-6, F16, 0},
    {"flash_attn f16", case_attention, F16, 64, 8, 512, 5e-4, F32, 0},
    {"flash_attn one", case_attention, F16, 128, 1, 256, 5e-4, F32, 0},
    {"norm", case_norm, F32, 64, 5, 4, 1e-6, F32, 0},
    {"norm long", case_norm, F32, 1025, 5, 4, 1e-6, F32, 0},
    {"rms_norm", case_rms_norm, F32, 64, 5, 4, 1e-6, F32, 0},
    {"rms_norm long", case_rms_norm, F32, 1025, 5, 4, 1e-6, F32, 0},
    {"l2_norm", case_l2_norm, F32, 64, 5, 4, 1e-6, F32, 0},
    {"group_norm", case_group_norm, F32, 16, 16, 8, 1e-6, F32, 0},
    {"add", case_add, F32, 100, 7, 5, 1e-7, F32, 0}, {"add row", case_add_row, F32, 100, 7, 5, 1e-7, F32, 0}, {"add f16", case_add, F16, 128, 7, 5, 1e-6, F16, 0},
    {"sub", case_sub, F32, 100, 7, 5, 1e-7, F32, 0}, {"sub row", case_sub_row, F32, 100, 7, 5, 1e-7, F32, 0},
    {"mul", case_mul, F32, 100, 7, 5, 1e-7, F32, 0}, {"mul row", case_mul_row, F32, 100, 7, 5, 1e-7, F32, 0},
    {"div", case_div, F32, 100, 7, 5, 1e-7, F32, 0}, {"div row", case_div_row, F32, 100, 7, 5, 1e-7, F32, 0},
    {"silu", case_silu, F32, 100, 7, 5, 1e-6, F32, 0}, {"silu f16", case_silu, F16, 128, 7, 5, 1e-6, F16, 0},
    {"gelu", case_gelu, F32, 100, 7, 5, 1e-6, F32, 0}, {"relu", case_relu, F32, 100, 7, 5, 1e-7, F32, 0},
    {"tanh", case_tanh, F32, 100, 7, 5, 1e-6, F32, 0}, {"sigmoid", case_sigmoid, F32, 100, 7, 5, 1e-6, F32, 0},
    {"sqr", case_sqr, F32, 100, 7, 5, 1e-7, F32, 0}, {"sqrt", case_sqrt, F32, 100, 7, 5, 1e-7, F32, 0},
    {"sin", case_sin, F32, 100, 7, 5, 1e-6, F32, 0}, {"cos", case_cos, F32, 100, 7, 5, 1e-6, F32, 0},
    {"scale", case_scale, F32, 100, 7, 5, 1e-7, F32, 0}, {"clamp", case_clamp, F32, 100, 7, 5, 1e-7, F32, 0},
    {"sum_rows", case_sum_rows, F32, 1000, 7, 5, 1e-6, F32, 0},
    {"argsort", case_argsort, F32, 100, 7, 5, 0, I32, 0}, {"argsort descending", case_argsort, F32, 1000, 3, 2, 0, I32, 1},
    {"repeat", case_repeat, F32, 20, 7, 5, 1e-7, F32, 0},
    {"concat 0", case_concat, F32, 20, 7, 5, 1e-7, F32, 0}, {"concat 2", case_concat, F32, 20, 7, 5, 1e-7, F32, 2},
    {"cpy f32 f32", case_cpy, F32, 256, 7, 5, 1e-7, F32, 0}, {"cpy f32 f16", case_cpy, F32, 256, 7, 5, 1e-7, F16, 0},
    {"cpy f16 f32", case_cpy, F16, 256, 7, 5, 1e-7, F32, 0}, {"cpy q8_0 f32", case_cpy, Q8_0, 256, 7, 5, 1e-7, F32, 0},
    {"cpy q4_0 f32", case_cpy, Q4_0, 256, 7, 5, 1e-7, F32, 0},
    {"gelu_quick", case_gelu_quick, F32, 100, 7, 5, 1e-6, F32, 0},
    {"gelu_erf", case_gelu_erf, F32, 100, 7, 5, 1e-6, F32, 0},
    {"exp", case_exp, F32, 100, 7, 5, 1e-6, F32, 0},
    {"log", case_log, F32, 100, 7, 5, 1e-6, F32, 0},
    {"abs", case_abs, F32, 100, 7, 5, 1e-6, F32, 0},
    {"neg", case_neg, F32, 100, 7, 5, 1e-6, F32, 0},
    {"step", case_step, F32, 100, 7, 5, 1e-6, F32, 0},
    {"hardsigmoid", case_hardsigmoid, F32, 100, 7, 5, 1e-6, F32, 0},
    {"hardswish", case_hardswish, F32, 100, 7, 5, 1e-6, F32, 0},
    {"softplus", case_softplus, F32, 100, 7, 5, 1e-6, F32, 0},
    {"floor", case_floor, F32, 100, 7, 5, 1e-6, F32, 0},
    {"ceil", case_ceil, F32, 100, 7, 5, 1e-6, F32, 0},
    {"round", case_round, F32, 100, 7, 5, 1e-6, F32, 0},
    {"trunc", case_trunc, F32, 100, 7, 5, 1e-6, F32, 0},
    {"elu", case_elu, F32, 100, 7, 5, 1e-6, F32, 0},
    {"sgn", case_sgn, F32, 100, 7, 5, 1e-6, F32, 0},
    {"swiglu", case_swiglu, F32, 128, 7, 5, 1e-6, F32, 0},
    {"geglu", case_geglu, F32, 128, 7, 5, 1e-6, F32, 0},
    {"reglu", case_reglu, F32, 128, 7, 5, 1e-6, F32, 0},
    {"cumsum", case_cumsum, F32, 1000, 7, 5, 1e-6, F32, 0},
    {"mean", case_mean, F32, 1000, 7, 5, 1e-6, F32, 0},
    {"sum", case_sum, F32, 1000, 7, 5, 1e-6, F32, 0},
    {"argmax", case_argmax, F32, 1000, 7, 1, 0, I32, 0},
    {"leaky_relu", case_leaky_relu, F32, 100, 7, 5, 1e-7, F32, 0},
    {"set_rows f32", case_set_rows, F32, 64, 30, 9, 1e-7, F32, 0},
    {"set_rows f16", case_set_rows, F16, 64, 30, 9, 1e-7, F16, 0},
    {"soft_max_back", case_soft_max_back, F32, 100, 7, 3, 1e-6, F32, 0},
    {"im2col f32", case_im2col, F32, 19, 17, 4, 1e-7, F32, 0},
    {"im2col f16", case_im2col, F32, 19, 17, 4, 1e-7, F16, 0},
    {"conv_2d f32", case_conv_2d, F32, 19, 17, 4, 5e-4, F32, 0},
    {"conv_2d f16", case_conv_2d, F16, 40, 33, 70, 5e-4, F32, 0},
    {"conv_2d_dw", case_conv_2d_dw, F32, 19, 17, 6, 1e-6, F32, 0},
    {"conv_transpose_1d", case_conv_transpose_1d, F32, 19, 5, 4, 1e-6, F32, 0},
    {"conv_transpose_2d", case_conv_transpose_2d, F16, 19, 17, 4, 1e-4, F32, 0},
    {"pool_2d max", case_pool_2d, F32, 20, 16, 4, 1e-7, F32, 0},
    {"pool_2d average", case_pool_2d, F32, 20, 16, 4, 1e-6, F32, 1},
    {"upscale nearest", case_upscale, F32, 20, 16, 4, 1e-7, F32, 0},
    {"upscale bilinear", case_upscale, F32, 20, 16, 4, 1e-6, F32, 1},
    {"upscale bicubic", case_upscale, F32, 20, 16, 4, 1e-6, F32, 2},
    {"pad", case_pad, F32, 20, 16, 4, 1e-7, F32, 0},
    {"roll", case_roll, F32, 20, 16, 4, 1e-7, F32, 0},
    {"timestep_embedding", case_timestep_embedding, F32, 9, 160, 1, 1e-6, F32, 0},
    {"ssm_conv", case_ssm_conv, F32, 17, 64, 2, 1e-6, F32, 0},
    {"rwkv_wkv7", case_rwkv_wkv7, F32, 64, 2, 9, 1e-6, F32, 0},
    {"flash_attn mask 40", case_attention_mask, F16, 40, 33, 256, 5e-4, F32, 0},
    {"flash_attn mask 64", case_attention_mask, F16, 64, 33, 256, 5e-4, F32, 0},
    {"flash_attn mask 80", case_attention_mask, F16, 80, 33, 256, 5e-4, F32, 0},
    {"flash_attn mask 96", case_attention_mask, F16, 96, 33, 256, 5e-4, F32, 0},
    {"flash_attn mask 112", case_attention_mask, F16, 112, 33, 256, 5e-4, F32, 0},
    {"flash_attn mask 128", case_attention_mask, F16, 128, 33, 256, 5e-4, F32, 0},
    {"flash_attn mask 256", case_attention_mask, F16, 256, 33, 256, 5e-4, F32, 0},
    {"flash_attn q8_0", case_attention_mask, Q8_0, 128, 5, 256, 5e-4, F32, 0},
    {"flash_attn q4_0", case_attention_mask, Q4_0, 64, 1, 512, 5e-4, F32, 0},
    {"flash_attn f32", case_attention_mask, F32, 64, 7, 256, 5e-4, F32, 0},
    {"flash_attn alibi", case_attention_mask, F16, 128, 1, 1024, 5e-4, F32, 8},
    {"cont permuted f32", case_cont_permuted, F32, 33, 20, 9, 1e-7, F32, 0}, {"cont permuted f16", case_cont_permuted, F16, 33, 20, 9, 1e-7, F16, 0},
};

// ---- One case on one backend

// The result's values as floats, or null when the backend has no such operator.
static float *compute(ggml_backend_t backend, const Case *k, int64_t *count) {
    struct ggml_init_params parameters = {ggml_tensor_overhead() * 64 + ggml_graph_overhead(), NULL, true};
    Build build = {.context = ggml_init(parameters), .state = 1};
    ggml_tensor *result = k->build(&build, k);
    float *values = NULL;
    if (ggml_backend_supports_op(backend, result)) {
        ggml_cgraph *graph = ggml_new_graph(build.context);
        ggml_build_forward_expand(graph, result);
        ggml_backend_buffer_t buffer = ggml_backend_alloc_ctx_tensors(build.context, backend);
        for (int i = 0; i < build.count; i++) ggml_backend_tensor_set(build.inputs[i].tensor, build.inputs[i].bytes, 0, ggml_nbytes(build.inputs[i].tensor));
        if (ggml_backend_graph_compute(backend, graph) != 0) {
            fprintf(stderr, "%s: graph_compute failed\n", k->name);
            exit(2);
        }
        *count = ggml_nelements(result);
        size_t bytes = ggml_nbytes(result);
        void *raw = malloc(bytes);
        ggml_backend_tensor_get(result, raw, 0, bytes);
        values = malloc((size_t)*count * sizeof *values);
        if (k->result == F16) ggml_fp16_to_fp32_row(raw, values, *count);
        else if (k->result == I32) for (int64_t i = 0; i < *count; i++) values[i] = (float)((int32_t *)raw)[i];
        else memcpy(values, raw, bytes);
        free(raw);
        ggml_backend_buffer_free(buffer);
    }
    for (int i = 0; i < build.count; i++) free(build.inputs[i].bytes);
    ggml_free(build.context);
    return values;
}

static bool wanted(const char *name, int argc, char **argv) {
    for (int i = 2; i < argc; i++)
        if (strncmp(name, argv[i], strlen(argv[i])) == 0) return true;
    return argc == 2;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: ggml_check FOLDER [NAME...]\n");
        return 2;
    }
    void *libraries[] = {load(argv[1], "libggml-base.so"), load_registry(argv[1])};
#define LOOK_UP(type, name, arguments)                                                     \
    for (int i = 0; i < 2 && !name; i++) name = (type(*) arguments)dlsym(libraries[i], #name); \
    if (!name) {                                                                           \
        fprintf(stderr, "no %s\n", #name);                                                 \
        return 2;                                                                          \
    }
    FUNCTIONS(LOOK_UP)
    ggml_backend_t processor = open_backend(argv[1], "libggml-cpu-x64.so"), vulkan = open_backend(argv[1], "libggml-vulkan.so");
    int right = 0, wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *k = &cases[i];
        if (!wanted(k->name, argc, argv)) continue;
        int64_t count = 0, other = 0;
        float *want = compute(processor, k, &count), *got = compute(vulkan, k, &other);
        if (!want || !got) {
            printf("%-24s not supported by %s  WRONG\n", k->name, want ? "the Vulkan backend" : "the CPU backend");
            wrong++;
        } else {
            double difference = 0, norm = 0;
            for (int64_t j = 0; j < count; j++) {
                difference += ((double)got[j] - want[j]) * ((double)got[j] - want[j]);
                norm += (double)want[j] * want[j];
            }
            double error = difference / (norm > 0 ? norm : 1);
            bool ok = count == other && error <= k->limit; // false for a NaN
            printf("%-24s error %.2e  limit %.0e  %s\n", k->name, error, k->limit, ok ? "ok" : "WRONG");
            right += ok;
            wrong += !ok;
        }
        fflush(stdout);
        free(want);
        free(got);
    }
    ggml_backend_free(vulkan);
    ggml_backend_free(processor);
    printf("%d right, %d wrong\n", right, wrong);
    return wrong != 0 || right == 0;
}
