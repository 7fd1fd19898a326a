#version 450
// One step of Floyd and Warshall's shortest paths.
layout(local_size_x = 16, local_size_y = 16) in;
layout(push_constant) uniform P { uint n, k; } p;
layout(std430, binding = 0) buffer D { uint distance[]; };
void main() {
    uint x = gl_GlobalInvocationID.x, y = gl_GlobalInvocationID.y;
    uint through = distance[y * p.n + p.k] + distance[p.k * p.n + x];
    if (through < distance[y * p.n + x])
        distance[y * p.n + x] = through;
}
