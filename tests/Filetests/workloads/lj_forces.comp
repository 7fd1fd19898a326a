#version 450
// Lennard-Jones forces from a list of neighbours.
layout(local_size_x = 128) in;
layout(push_constant) uniform P { uint n, neighbours; float cutoff2; } p;
layout(std430, binding = 0) readonly buffer S { vec4 position[]; };
layout(std430, binding = 1) readonly buffer N { uint list[]; };
layout(std430, binding = 2) writeonly buffer D { vec4 force[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i >= p.n)
        return;
    vec3 at = position[i].xyz, f = vec3(0);
    float energy = 0;
    for (uint k = 0; k < p.neighbours; k++) {
        vec3 d = at - position[list[i * p.neighbours + k]].xyz;
        float r2 = dot(d, d);
        if (r2 < p.cutoff2) {
            float s2 = 1 / r2, s6 = s2 * s2 * s2;
            f += d * (24 * s6 * (2 * s6 - 1) * s2);
            energy += 4 * s6 * (s6 - 1);
        }
    }
    force[i] = vec4(f, energy);
}
