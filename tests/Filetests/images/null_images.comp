#version 460
#extension GL_EXT_samplerless_texture_functions : require
#extension GL_EXT_shader_image_load_formatted : require
// What null descriptors of images of all kinds give: the sum of what is not 0, a number for each kind.
layout(local_size_x = 1) in;
layout(binding = 0) buffer Out { float o[]; };
layout(binding = 1) uniform sampler1D s1;
layout(binding = 2) uniform sampler2D s2;
layout(binding = 3) uniform sampler3D s3;
layout(binding = 4) uniform samplerCube sc;
layout(binding = 5) uniform sampler1DArray s1a;
layout(binding = 6) uniform sampler2DArray s2a;
layout(binding = 7) uniform samplerCubeArray sca;
layout(binding = 8) uniform sampler2DMS sm;
layout(binding = 9) uniform sampler2DMSArray sma;
layout(binding = 10) uniform samplerBuffer sb;
layout(binding = 11) uniform image1D i1;
layout(binding = 12) uniform image2D i2;
layout(binding = 13) uniform image3D i3;
layout(binding = 14) uniform imageCube ic;
layout(binding = 15) uniform image1DArray i1a;
layout(binding = 16) uniform image2DArray i2a;
layout(binding = 17) uniform imageCubeArray ica;
layout(binding = 18) uniform image2DMS im;
layout(binding = 19) uniform imageBuffer ib;
layout(binding = 20, r32ui) uniform uimage2D iu;

float of(vec4 v) { return dot(abs(v), vec4(1)); }
float of(ivec3 v) { return dot(abs(vec3(v)), vec3(1)); }

void main() {
    for (int c = -2; c < 9; c++) {
        float f = float(c) + 0.25;
        o[0] += of(textureLod(s1, f, 0)) + of(texelFetch(s1, c, 0)) + of(textureGrad(s1, f, 1, 1)) + of(ivec3(textureSize(s1, c)));
        o[1] += of(textureLod(s2, vec2(f), 0)) + of(texelFetch(s2, ivec2(c), 0)) + of(texelFetch(s2, ivec2(0), c)) + of(textureGather(s2, vec2(f)))
            + of(textureGrad(s2, vec2(f), vec2(1), vec2(1))) + of(ivec3(textureSize(s2, c).xyx)) + float(textureQueryLevels(s2))
            + of(ivec3(textureSize(s2, 2147483647 - c).xyx));
        o[2] += of(textureLod(s3, vec3(f), 0)) + of(texelFetch(s3, ivec3(c), 0)) + of(textureSize(s3, 0));
        o[3] += of(textureLod(sc, vec3(f), 0)) + of(textureSize(sc, 0).xyx) + float(textureQueryLevels(sc));
        o[4] += of(textureLod(s1a, vec2(f), 0)) + of(texelFetch(s1a, ivec2(c), 0)) + of(textureSize(s1a, 0).xyx);
        o[5] += of(textureLod(s2a, vec3(f), 0)) + of(texelFetch(s2a, ivec3(c), 0)) + of(textureSize(s2a, 0));
        o[6] += of(textureLod(sca, vec4(f), 0)) + of(textureSize(sca, 0));
        o[7] += of(texelFetch(sm, ivec2(c), c)) + of(textureSize(sm).xyx) + float(textureSamples(sm));
        o[8] += of(texelFetch(sma, ivec3(c), c)) + of(textureSize(sma)) + float(textureSamples(sma));
        o[9] += of(texelFetch(sb, c)) + float(textureSize(sb));
        imageStore(i1, c, vec4(1));
        o[10] += of(imageLoad(i1, c)) + float(imageSize(i1));
        imageStore(i2, ivec2(c), vec4(1));
        o[11] += of(imageLoad(i2, ivec2(c))) + of(imageSize(i2).xyx);
        imageStore(i3, ivec3(c), vec4(1));
        o[12] += of(imageLoad(i3, ivec3(c))) + of(imageSize(i3));
        imageStore(ic, ivec3(c), vec4(1));
        o[13] += of(imageLoad(ic, ivec3(c))) + of(imageSize(ic).xyx);
        imageStore(i1a, ivec2(c), vec4(1));
        o[14] += of(imageLoad(i1a, ivec2(c))) + of(imageSize(i1a).xyx);
        imageStore(i2a, ivec3(c), vec4(1));
        o[15] += of(imageLoad(i2a, ivec3(c))) + of(imageSize(i2a));
        imageStore(ica, ivec3(c), vec4(1));
        o[16] += of(imageLoad(ica, ivec3(c))) + of(imageSize(ica));
        imageStore(im, ivec2(c), c, vec4(1));
        o[17] += of(imageLoad(im, ivec2(c), c)) + of(imageSize(im).xyx) + float(imageSamples(im));
        imageStore(ib, c, vec4(1));
        o[18] += of(imageLoad(ib, c)) + float(imageSize(ib));
        o[19] += float(imageAtomicAdd(iu, ivec2(c), 3u) + imageAtomicExchange(iu, ivec2(c), 5u));
    }
}
