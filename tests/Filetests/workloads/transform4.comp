#version 450
// A matrix times each vector of four floats.
layout(local_size_x = 256) in;
layout(push_constant) uniform P { mat4 m; } p;
layout(std430, binding = 0) readonly buffer S { vec4 src[]; };
layout(std430, binding = 1) writeonly buffer D { vec4 dst[]; };
void main() {
    dst[gl_GlobalInvocationID.x] = p.m * src[gl_GlobalInvocationID.x];
}
