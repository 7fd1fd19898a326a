#version 450
// Loads and stores at an index that is made up for each invocation.
layout(local_size_x = 64) in;
layout(std430, binding = 0) buffer Loaded { uint loaded[]; };
layout(std430, binding = 1) readonly buffer Source { uint source[]; };
layout(std430, binding = 2) writeonly buffer Target { uint target[]; };
layout(push_constant) uniform Arguments { int first; int step; uint value; };
void main() {
    int i = first + int(gl_LocalInvocationIndex) * step;
    loaded[gl_LocalInvocationIndex] = source[i];
    target[i] = value + gl_LocalInvocationIndex;
}
