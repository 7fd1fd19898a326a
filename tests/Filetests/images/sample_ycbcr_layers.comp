#version 450
// One sample per invocation, of a layer of an image whose sampler converts Y'CbCr.
layout(local_size_x = 32) in;
layout(set = 0, binding = 0) uniform sampler2DArray image;
layout(set = 0, binding = 1) readonly buffer In { vec4 where[]; };
layout(set = 0, binding = 2) writeonly buffer Out { vec4 result[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    vec4 w = where[i];
    result[i] = textureLod(image, w.xyw, w.z);
}
