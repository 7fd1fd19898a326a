#version 450
// The nearest of the centres for each point of three packed floats.
layout(local_size_x = 256) in;
layout(push_constant) uniform P { uint n, k; } p;
layout(std430, binding = 0) readonly buffer S { float points[]; };
layout(std430, binding = 1) readonly buffer C { vec4 centres[]; };
layout(std430, binding = 2) writeonly buffer D { uint nearest[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i >= p.n)
        return;
    vec3 v = vec3(points[3 * i], points[3 * i + 1], points[3 * i + 2]);
    float best = 3.4e38;
    uint which = 0;
    for (uint c = 0; c < p.k; c++) {
        vec3 d = v - centres[c].xyz;
        float distance = dot(d, d);
        if (distance < best) {
            best = distance;
            which = c;
        }
    }
    nearest[i] = which;
}
