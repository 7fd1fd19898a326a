#version 450
// Binary search in a sorted table.
layout(local_size_x = 256) in;
layout(push_constant) uniform P { uint n, table; } p;
layout(std430, binding = 0) readonly buffer T { uint sorted[]; };
layout(std430, binding = 1) readonly buffer S { uint keys[]; };
layout(std430, binding = 2) writeonly buffer D { uint places[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i >= p.n)
        return;
    uint key = keys[i], low = 0, high = p.table;
    while (low < high) {
        uint middle = (low + high) / 2;
        if (sorted[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    places[i] = low;
}
