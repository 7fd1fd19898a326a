#version 450

layout(local_size_x = 32) in;

layout(set = 0, binding = 0) buffer Loaded { vec4 loaded[]; };

layout(set = 0, binding = 1) buffer Source { vec4 source[]; };

layout(set = 0, binding = 2) buffer Target { vec4 target[]; };

layout(push_constant) uniform Push { uint first; };

void main()
{
    uint i = gl_GlobalInvocationID.x;
    loaded[i] = source[first + i];
    target[first + i] = vec4(1, 2, 3, 4) + 4 * i;
}
