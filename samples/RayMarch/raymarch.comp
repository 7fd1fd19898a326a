#version 450
// A sphere-traced signed distance field: soft shadow, ambient occlusion, a specular term and fog. Each run adds one
// sample for each pixel of a tile to the picture.
layout(local_size_x = 8, local_size_y = 8) in;
layout(std430, binding = 0) buffer Image { vec4 sums[]; };
layout(push_constant) uniform View {
    uint width;
    uint height;
    uint tileX;      // the tile's corner, in pixels
    uint tileY;
    float offsetX;   // where in the pixel to look, 0 to 1
    float offsetY;
    float time;
};

float smoothMin(float a, float b, float k) {
    float t = clamp(0.5 + 0.5 * (b - a) / k, 0.0, 1.0);
    return mix(b, a, t) - k * t * (1.0 - t);
}

float torus(vec3 p, float outer, float inner) {
    return length(vec2(length(p.xz) - outer, p.y)) - inner;
}

// Distance to the nearest surface. Pillars repeat every 4 units.
float scene(vec3 p) {
    float ground = p.y + 1.0;
    float ball = length(p - vec3(0.8 * sin(time), 0.1, 0.4 * cos(time))) - 0.7;
    float ring = torus(p - vec3(0.0, -0.2, 0.0), 1.2, 0.25);
    float body = smoothMin(ball, ring, 0.3);
    vec3 cell = vec3(mod(p.x + 2.0, 4.0) - 2.0, p.y + 0.4, mod(p.z + 2.0, 4.0) - 2.0);
    vec3 side = abs(abs(cell) - vec3(1.6, 0.0, 1.6)) - vec3(0.2, 0.6, 0.2);
    float pillar = length(max(side, vec3(0.0))) - 0.05;
    return min(min(ground, body), pillar);
}

vec3 normalAt(vec3 p) {
    const float e = 0.002;
    return normalize(vec3(scene(p + vec3(e, 0, 0)) - scene(p - vec3(e, 0, 0)),
                          scene(p + vec3(0, e, 0)) - scene(p - vec3(0, e, 0)),
                          scene(p + vec3(0, 0, e)) - scene(p - vec3(0, 0, e))));
}

float march(vec3 from, vec3 direction) {
    float t = 0.02;
    for (int i = 0; i < 128; ++i) {
        float d = scene(from + direction * t);
        if (d < 0.0008 * t) return t;
        t += d;
        if (t > 24.0) break;
    }
    return -1.0;
}

float shadow(vec3 from, vec3 direction) {
    float lit = 1.0, t = 0.05;
    for (int i = 0; i < 40; ++i) {
        float d = scene(from + direction * t);
        lit = min(lit, 9.0 * d / t);
        t += clamp(d, 0.04, 0.5);
        if (lit < 0.005 || t > 7.0) break;
    }
    return clamp(lit, 0.0, 1.0);
}

float openness(vec3 p, vec3 n) {
    float hidden = 0.0, weight = 1.0;
    for (int i = 1; i <= 4; ++i) {
        float h = 0.09 * float(i);
        hidden += (h - scene(p + n * h)) * weight;
        weight *= 0.7;
    }
    return clamp(1.0 - 1.2 * hidden, 0.0, 1.0);
}

void main() {
    uvec2 g = gl_GlobalInvocationID.xy + uvec2(tileX, tileY);
    if (g.x >= width || g.y >= height) return;
    vec2 pixel = vec2(g) + vec2(offsetX, offsetY);
    vec2 uv = (2.0 * pixel - vec2(float(width), float(height))) / float(height);
    vec3 eye = vec3(0.0, 1.2, -4.0);
    vec3 ray = normalize(vec3(uv.x, -uv.y - 0.35, 1.7));
    vec3 sun = normalize(vec3(0.6, 0.8, -0.5));
    vec3 sky = mix(vec3(0.86, 0.83, 0.78), vec3(0.30, 0.50, 0.78), clamp(1.6 * ray.y + 0.35, 0.0, 1.0));
    vec3 colour = sky;
    float t = march(eye, ray);
    if (t > 0.0) {
        vec3 p = eye + ray * t;
        vec3 n = normalAt(p);
        float light = max(dot(n, sun), 0.0);
        if (light > 0.0) light *= shadow(p + n * 0.01, sun);
        float shine = pow(max(dot(n, normalize(sun - ray)), 0.0), 48.0) * light;
        vec3 surface = vec3(0.55) + 0.12 * sin(3.1416 * p.x) * sin(3.1416 * p.z);
        if (p.y > -0.98) surface = mix(vec3(0.85, 0.38, 0.22), vec3(0.25, 0.55, 0.62), clamp(0.5 + 0.6 * p.y, 0.0, 1.0));
        vec3 ambient = vec3(0.24, 0.29, 0.36) * openness(p, n);
        colour = mix(surface * (ambient + vec3(1.05, 0.98, 0.86) * light) + vec3(0.6 * shine), sky, 1.0 - exp(-0.006 * t * t));
    }
    sums[g.y * width + g.x] += vec4(colour, 1.0);
}
