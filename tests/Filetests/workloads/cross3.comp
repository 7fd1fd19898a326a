#version 450
// Packed vectors of three floats.
layout(local_size_x = 128) in;
layout(push_constant) uniform P { uint n; } p;
layout(std430, binding = 0) readonly buffer A { float a[]; };
layout(std430, binding = 1) readonly buffer B { float b[]; };
layout(std430, binding = 2) writeonly buffer D { float dst[]; };
void main() {
    if (gl_GlobalInvocationID.x >= p.n)
        return;
    uint i = gl_GlobalInvocationID.x * 3;
    vec3 x = vec3(a[i], a[i + 1], a[i + 2]), y = vec3(b[i], b[i + 1], b[i + 2]), c = normalize(cross(x, y));
    dst[i] = c.x;
    dst[i + 1] = c.y;
    dst[i + 2] = c.z;
}
