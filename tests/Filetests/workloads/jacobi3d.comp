#version 450
layout(local_size_x = 8, local_size_y = 8, local_size_z = 4) in;
layout(push_constant) uniform P { uvec3 size; } p;
layout(std430, binding = 0) readonly buffer S { float src[]; };
layout(std430, binding = 1) writeonly buffer D { float dst[]; };
void main() {
    uvec3 at = gl_GlobalInvocationID;
    if (any(greaterThanEqual(at, p.size)))
        return;
    uint dy = p.size.x, dz = p.size.x * p.size.y, i = at.z * dz + at.y * dy + at.x;
    if (any(equal(at, uvec3(0))) || any(equal(at, p.size - 1))) {
        dst[i] = src[i];
        return;
    }
    dst[i] = (src[i - 1] + src[i + 1] + src[i - dy] + src[i + dy] + src[i - dz] + src[i + dz]) * (1.0 / 6.0);
}
