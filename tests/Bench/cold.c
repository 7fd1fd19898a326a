// How long a process takes from its start to the first correct result of a shader, and how much memory: through the
// Vulkan loader, by whatever driver the environment names. Prints {"ms": ..., "peakMb": ...} of COUNT processes, medians.
//
//   cold COUNT SHADER.spv     saxpy: y[i] += a * x[i], local size 256
#define _GNU_SOURCE
#define VK_NO_PROTOTYPES
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vulkan/vulkan.h>

#define FAIL(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))
#define CHECK(call) do { VkResult result_ = (call); if (result_ != VK_SUCCESS) FAIL("%s: %d", #call, result_); } while (0)
#define COMMANDS(X) \
    X(EnumeratePhysicalDevices) X(CreateDevice) X(GetPhysicalDeviceMemoryProperties) X(GetDeviceQueue) X(CreateBuffer) \
    X(GetBufferMemoryRequirements) X(AllocateMemory) X(BindBufferMemory) X(MapMemory) X(CreateShaderModule) \
    X(CreateDescriptorSetLayout) X(CreatePipelineLayout) X(CreateDescriptorPool) X(AllocateDescriptorSets) \
    X(UpdateDescriptorSets) X(CreateComputePipelines) X(CreateCommandPool) X(AllocateCommandBuffers) X(BeginCommandBuffer) \
    X(EndCommandBuffer) X(CmdBindPipeline) X(CmdBindDescriptorSets) X(CmdPushConstants) X(CmdDispatch) X(QueueSubmit) \
    X(CreateFence) X(WaitForFences)
#define DECLARE(name) static PFN_vk##name name;
COMMANDS(DECLARE)

enum { VALUES = 4096 };

static double nowMs(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static int descending(const void *a, const void *b) { return *(const double *)a < *(const double *)b ? 1 : -1; }

static double median(double *values, int count)
{
    qsort(values, count, sizeof *values, descending);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static void once(const char *shader, double start)
{
    FILE *file = fopen(shader, "rb");
    static uint32_t words[65536];
    size_t bytes = file ? fread(words, 1, sizeof words, file) : 0;
    if (bytes == 0) FAIL("cannot read %s", shader);
    void *library = dlopen("libvulkan.so.1", RTLD_NOW);
    if (!library) FAIL("%s", dlerror());
    PFN_vkGetInstanceProcAddr find = (PFN_vkGetInstanceProcAddr)dlsym(library, "vkGetInstanceProcAddr");
    PFN_vkCreateInstance createInstance = (PFN_vkCreateInstance)find(NULL, "vkCreateInstance");
    VkInstance instance;
    CHECK(createInstance(&(VkInstanceCreateInfo){VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO}, NULL, &instance));
#define FIND(name) name = (PFN_vk##name)find(instance, "vk" #name);
    COMMANDS(FIND)
    uint32_t one = 1;
    VkPhysicalDevice physical;
    EnumeratePhysicalDevices(instance, &one, &physical);
    if (one == 0) FAIL("no device");
    float priority = 1;
    VkDeviceQueueCreateInfo queueInfo = {VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, NULL, 0, 0, 1, &priority};
    VkDeviceCreateInfo deviceInfo = {VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, NULL, 0, 1, &queueInfo};
    VkDevice device;
    CHECK(CreateDevice(physical, &deviceInfo, NULL, &device));
    VkQueue queue;
    GetDeviceQueue(device, 0, 0, &queue);
    VkPhysicalDeviceMemoryProperties memories;
    GetPhysicalDeviceMemoryProperties(physical, &memories);
    uint32_t type = 0, wanted = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    while ((memories.memoryTypes[type].propertyFlags & wanted) != wanted) type++;

    VkBuffer buffers[2];
    float *data[2];
    for (int i = 0; i < 2; i++) {
        VkBufferCreateInfo info = {VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, NULL, 0, VALUES * 4, VK_BUFFER_USAGE_STORAGE_BUFFER_BIT};
        CHECK(CreateBuffer(device, &info, NULL, &buffers[i]));
        VkMemoryRequirements needs;
        GetBufferMemoryRequirements(device, buffers[i], &needs);
        VkDeviceMemory memory;
        CHECK(AllocateMemory(device, &(VkMemoryAllocateInfo){VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, NULL, needs.size, type}, NULL, &memory));
        CHECK(BindBufferMemory(device, buffers[i], memory, 0));
        CHECK(MapMemory(device, memory, 0, VK_WHOLE_SIZE, 0, (void **)&data[i]));
        for (int k = 0; k < VALUES; k++) data[i][k] = k;
    }

    VkDescriptorSetLayoutBinding bindings[2] = {
        {0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT}, {1, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT}};
    VkDescriptorSetLayout setLayout;
    CHECK(CreateDescriptorSetLayout(device, &(VkDescriptorSetLayoutCreateInfo){VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, NULL, 0, 2, bindings}, NULL, &setLayout));
    VkPushConstantRange range = {VK_SHADER_STAGE_COMPUTE_BIT, 0, 8};
    VkPipelineLayout layout;
    CHECK(CreatePipelineLayout(device, &(VkPipelineLayoutCreateInfo){VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, NULL, 0, 1, &setLayout, 1, &range}, NULL, &layout));
    VkShaderModule module;
    CHECK(CreateShaderModule(device, &(VkShaderModuleCreateInfo){VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, NULL, 0, bytes, words}, NULL, &module));
    VkComputePipelineCreateInfo pipelineInfo = {VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO, NULL, 0,
        {VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, NULL, 0, VK_SHADER_STAGE_COMPUTE_BIT, module, "main"}, layout};
    VkPipeline pipeline;
    CHECK(CreateComputePipelines(device, VK_NULL_HANDLE, 1, &pipelineInfo, NULL, &pipeline));

    VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 2};
    VkDescriptorPool pool;
    CHECK(CreateDescriptorPool(device, &(VkDescriptorPoolCreateInfo){VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, NULL, 0, 1, 1, &size}, NULL, &pool));
    VkDescriptorSet set;
    CHECK(AllocateDescriptorSets(device, &(VkDescriptorSetAllocateInfo){VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, NULL, pool, 1, &setLayout}, &set));
    VkDescriptorBufferInfo infos[2] = {{buffers[0], 0, VK_WHOLE_SIZE}, {buffers[1], 0, VK_WHOLE_SIZE}};
    UpdateDescriptorSets(device, 1, &(VkWriteDescriptorSet){VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, NULL, set, 0, 0, 2,
        VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, NULL, infos}, 0, NULL);

    VkCommandPool commands;
    CHECK(CreateCommandPool(device, &(VkCommandPoolCreateInfo){VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO}, NULL, &commands));
    VkCommandBuffer buffer;
    CHECK(AllocateCommandBuffers(device, &(VkCommandBufferAllocateInfo){VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, NULL, commands, 0, 1}, &buffer));
    CHECK(BeginCommandBuffer(buffer, &(VkCommandBufferBeginInfo){VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO}));
    CmdBindPipeline(buffer, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
    CmdBindDescriptorSets(buffer, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, NULL);
    struct { float a; uint32_t n; } push = {2, VALUES};
    CmdPushConstants(buffer, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof push, &push);
    CmdDispatch(buffer, VALUES / 256, 1, 1);
    CHECK(EndCommandBuffer(buffer));
    VkFence fence;
    CHECK(CreateFence(device, &(VkFenceCreateInfo){VK_STRUCTURE_TYPE_FENCE_CREATE_INFO}, NULL, &fence));
    CHECK(QueueSubmit(queue, 1, &(VkSubmitInfo){VK_STRUCTURE_TYPE_SUBMIT_INFO, NULL, 0, NULL, NULL, 1, &buffer}, fence));
    CHECK(WaitForFences(device, 1, &fence, VK_TRUE, UINT64_MAX));
    for (int k = 0; k < VALUES; k++)
        if (data[1][k] != k + 2.0f * k) FAIL("wrong result at %d", k);
    printf("%.3f\n", nowMs() - start);
    fflush(stdout);
    _exit(0);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "once") == 0) once(argv[2], atof(argv[3]));
    if (argc != 3) FAIL("usage: cold COUNT SHADER.spv");
    int count = atoi(argv[1]);
    double *times = calloc(count, sizeof *times), *peaks = calloc(count, sizeof *peaks);
    for (int i = 0; i < count; i++) {
        int ends[2];
        if (pipe(ends) != 0) FAIL("pipe");
        char start[32];
        snprintf(start, sizeof start, "%.6f", nowMs());
        pid_t child = fork();
        if (child == 0) {
            dup2(ends[1], 1);
            close(ends[0]);
            execl("/proc/self/exe", "cold", "once", argv[2], start, (char *)NULL);
            _exit(127);
        }

        close(ends[1]);
        FILE *in = fdopen(ends[0], "r");
        int read = fscanf(in, "%lf", &times[i]);
        fclose(in);
        int status;
        struct rusage usage;
        wait4(child, &status, 0, &usage);
        if (read != 1 || status != 0) FAIL("a process failed");
        peaks[i] = usage.ru_maxrss / 1024.0;
    }

    printf("{\"ms\": %.3f, \"peakMb\": %.1f}\n", median(times, count), median(peaks, count));
    return 0;
}
