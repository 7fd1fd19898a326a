#version 450
// Without a level: level 0 and the sampler's bias. An array of images, its index read from memory.
layout(local_size_x = 32) in;
layout(set = 0, binding = 0) uniform texture2D images[3];
layout(set = 0, binding = 1) uniform sampler how[2];
layout(set = 0, binding = 2) readonly buffer In { vec4 where[]; };
layout(set = 0, binding = 3) writeonly buffer Out { vec4 result[]; };
layout(push_constant) uniform Push { uint which; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    vec4 w = where[i];
    result[i] = texture(sampler2D(images[which], how[which & 1u]), w.xy) + texture(sampler2D(images[0], how[1]), w.zw);
}
