#version 450
// The size of a 3D image, and its first texel.
layout(local_size_x = 1) in;
layout(binding = 0) uniform sampler3D image;
layout(binding = 1) buffer Out { ivec4 result; };
void main() {
    result = ivec4(textureSize(image, 0), int(textureLod(image, vec3(0.0), 0.0).x * 255.0 + 0.5));
}
