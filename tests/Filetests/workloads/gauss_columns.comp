#version 450
// Seven taps along columns, from a tile of workgroup memory.
layout(local_size_x = 16, local_size_y = 16) in;
layout(push_constant) uniform P { int width, height; float w[4]; } p;
layout(std430, binding = 0) readonly buffer S { float src[]; };
layout(std430, binding = 1) writeonly buffer D { float dst[]; };
shared float tile[22][16];
void main() {
    ivec2 t = ivec2(gl_LocalInvocationID.xy), at = ivec2(gl_GlobalInvocationID.xy);
    for (int y = t.y; y < 22; y += 16)
        tile[y][t.x] = src[clamp(int(gl_WorkGroupID.y) * 16 + y - 3, 0, p.height - 1) * p.width + at.x];
    barrier();
    float sum = 0;
    for (int k = -3; k <= 3; k++)
        sum += tile[t.y + 3 + k][t.x] * p.w[abs(k)];
    dst[at.y * p.width + at.x] = sum;
}
