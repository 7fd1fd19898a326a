#version 450
// Compressed rows, a row per invocation.
layout(local_size_x = 64) in;
layout(push_constant) uniform P { uint rows; } p;
layout(std430, binding = 0) readonly buffer R { uint starts[]; };
layout(std430, binding = 1) readonly buffer C { uint columns[]; };
layout(std430, binding = 2) readonly buffer V { float values[]; };
layout(std430, binding = 3) readonly buffer X { float x[]; };
layout(std430, binding = 4) writeonly buffer Y { float y[]; };
void main() {
    uint row = gl_GlobalInvocationID.x;
    if (row >= p.rows)
        return;
    float sum = 0;
    for (uint i = starts[row]; i < starts[row + 1]; i++)
        sum += values[i] * x[columns[i]];
    y[row] = sum;
}
