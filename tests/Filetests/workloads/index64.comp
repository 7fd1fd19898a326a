#version 450
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
// Indices of 64 bits.
layout(local_size_x = 128) in;
layout(push_constant) uniform P { uint64_t n; uint64_t stride; } p;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) writeonly buffer Y { float y[]; };
void main() {
    uint64_t i = uint64_t(gl_WorkGroupID.x) * 128ul + uint64_t(gl_LocalInvocationID.x);
    if (i >= p.n)
        return;
    uint64_t row = i / p.stride, column = i - row * p.stride;
    y[uint(i)] = x[uint(row * p.stride + (p.stride - 1ul - column))] * 2;
}
