#version 450
// Transpose through a padded tile of workgroup memory.
layout(local_size_x = 16, local_size_y = 16) in;
layout(push_constant) uniform P { uint n; } p;
layout(std430, binding = 0) readonly buffer S { float src[]; };
layout(std430, binding = 1) writeonly buffer D { float dst[]; };
shared float tile[16][17];
void main() {
    uint x = gl_WorkGroupID.x * 16 + gl_LocalInvocationID.x, y = gl_WorkGroupID.y * 16 + gl_LocalInvocationID.y;
    tile[gl_LocalInvocationID.y][gl_LocalInvocationID.x] = src[y * p.n + x];
    barrier();
    x = gl_WorkGroupID.y * 16 + gl_LocalInvocationID.x;
    y = gl_WorkGroupID.x * 16 + gl_LocalInvocationID.y;
    dst[y * p.n + x] = tile[gl_LocalInvocationID.x][gl_LocalInvocationID.y];
}
