#version 450
// Particles into the cells of a grid: a place in its cell for each.
layout(local_size_x = 64) in;
layout(push_constant) uniform P { uint n, side, most; } p;
layout(std430, binding = 0) readonly buffer S { vec2 position[]; };
layout(std430, binding = 1) buffer C { uint counts[]; };
layout(std430, binding = 2) writeonly buffer D { uint slots[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i >= p.n)
        return;
    uvec2 cell = uvec2(position[i] * float(p.side));
    uint index = cell.y * p.side + cell.x, place = atomicAdd(counts[index], 1);
    if (place < p.most)
        slots[index * p.most + place] = i;
}
