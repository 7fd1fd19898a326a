#version 450
#extension GL_EXT_buffer_reference : require
layout(local_size_x = 64) in;
layout(buffer_reference, std430, buffer_reference_align = 4) readonly buffer Source { uint v[]; };
layout(buffer_reference) buffer Node;
layout(buffer_reference, std430, buffer_reference_align = 8) buffer Node { uint value; uint pad; Node next; };
layout(buffer_reference, std430, buffer_reference_align = 4) writeonly buffer Target { uint v[]; };
layout(push_constant) uniform Arguments { Source source; Target target; Node list; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    // A list in the device's memory: three steps along its addresses.
    uint sum = list.value + list.next.value + list.next.next.value;
    target.v[i] = source.v[i] * 3u + sum;
}
