// A plain C program that loads the driver and lives through what shaders and hosts can do to it.
//
//   storm LIBRARY SHADERS faults COUNT THREADS   COUNT shaders fault, from THREADS threads, among the host's own faults
//   storm LIBRARY SHADERS watchdog LIMIT_MS      an endless loop is stopped while another device computes
//   storm LIBRARY SHADERS unload COUNT           the library is loaded, used and unloaded COUNT times
//   storm LIBRARY SHADERS host COUNT             a shader writes to memory that the host has from malloc and its kin
//   storm LIBRARY SHADERS crowd COUNT THREADS    COUNT imports of blocks from malloc, rounded to whole pages, while threads use what lies around
//
// LIBRARY is the driver or the Vulkan loader, SHADERS the folder of the Faults sample. The last line printed is
// "ok ..." or the program ends with 1 and says why.
#define _GNU_SOURCE
#define VK_NO_PROTOTYPES
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <vulkan/vulkan.h>

#define VALUES 256
#define LOCAL_SIZE 64

#define FAIL(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), _exit(1))
#define CHECK(call) do { VkResult result_ = (call); if (result_ != VK_SUCCESS) FAIL("%s: %d", #call, result_); } while (0)

#define COMMANDS(X) \
    X(CreateDevice) X(DestroyInstance) X(EnumeratePhysicalDevices) X(GetPhysicalDeviceMemoryProperties) \
    X(GetDeviceQueue) X(DestroyDevice) X(CreateBuffer) X(DestroyBuffer) X(GetBufferMemoryRequirements) X(AllocateMemory) \
    X(FreeMemory) X(BindBufferMemory) X(MapMemory) X(CreateShaderModule) X(DestroyShaderModule) \
    X(CreateDescriptorSetLayout) X(DestroyDescriptorSetLayout) X(CreatePipelineLayout) X(DestroyPipelineLayout) \
    X(CreateDescriptorPool) X(DestroyDescriptorPool) X(AllocateDescriptorSets) X(UpdateDescriptorSets) \
    X(CreateComputePipelines) X(DestroyPipeline) X(CreatePipelineCache) X(DestroyPipelineCache) X(GetPipelineCacheData) \
    X(CreateCommandPool) X(DestroyCommandPool) X(AllocateCommandBuffers) X(BeginCommandBuffer) X(EndCommandBuffer) \
    X(CmdBindPipeline) X(CmdBindDescriptorSets) X(CmdPushConstants) X(CmdDispatch) X(QueueSubmit) X(QueueWaitIdle) \
    X(GetDeviceFaultInfoEXT)
#define DECLARE(name) static PFN_vk##name name;
COMMANDS(DECLARE)

static const char *shaderFolder;
static VkInstance instance;
static VkPhysicalDevice physical;
static uint32_t memoryType;
static void *hostPages; // memory of the host for the next device's buffer; null for memory of the device

static double nowMs(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

// ---- The host's own faults: a handler that was there before the driver, and that repairs and goes on.

static atomic_long hostFaultsSeen, strangeFaults;
static long pageBytes;
static __thread volatile char *hostPage;

static void onHostFault(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    char *page = (char *)hostPage;
    if (page && (char *)info->si_addr >= page && (char *)info->si_addr < page + pageBytes) {
        mprotect(page, pageBytes, PROT_READ | PROT_WRITE);
        atomic_fetch_add(&hostFaultsSeen, 1);
        return;
    }
    atomic_fetch_add(&strangeFaults, 1);
    FAIL("a fault at %p that is not the host's reached the host", info->si_addr);
}

static void installHostHandler(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = onHostFault;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, NULL);
    pageBytes = sysconf(_SC_PAGESIZE);
}

static void hostFault(void)
{
    if (!hostPage)
        hostPage = mmap(NULL, pageBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect((char *)hostPage, pageBytes, PROT_NONE);
    hostPage[7] = 1;
}

// ---- Vulkan.

static void *openDriver(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        FAIL("%s", dlerror());
    PFN_vkGetInstanceProcAddr get = (PFN_vkGetInstanceProcAddr)dlsym(library, "vk_icdGetInstanceProcAddr");
    if (get) {
        VkResult (*negotiate)(uint32_t *) = (VkResult (*)(uint32_t *))dlsym(library, "vk_icdNegotiateLoaderICDInterfaceVersion");
        uint32_t version = 5;
        if (!negotiate || negotiate(&version) != VK_SUCCESS || version != 5)
            FAIL("the driver does not follow version 5 of the loader's interface");
    } else if (!(get = (PFN_vkGetInstanceProcAddr)dlsym(library, "vkGetInstanceProcAddr"))) {
        FAIL("%s is no Vulkan library", path);
    }

    PFN_vkCreateInstance createInstance = (PFN_vkCreateInstance)get(NULL, "vkCreateInstance");
    VkApplicationInfo application = { .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_1 };
    VkInstanceCreateInfo info = { .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &application };
    CHECK(createInstance(&info, NULL, &instance));
#define LOAD(name) if (!(name = (PFN_vk##name)get(instance, "vk" #name))) FAIL("no vk" #name);
    COMMANDS(LOAD)

    uint32_t count = 1;
    VkResult found = EnumeratePhysicalDevices(instance, &count, &physical);
    if ((found != VK_SUCCESS && found != VK_INCOMPLETE) || count == 0)
        FAIL("no device: %d", found);
    VkPhysicalDeviceMemoryProperties memory;
    GetPhysicalDeviceMemoryProperties(physical, &memory);
    const VkMemoryPropertyFlags wanted = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    for (memoryType = 0; (memory.memoryTypes[memoryType].propertyFlags & wanted) != wanted; memoryType++)
        ;
    return library;
}

typedef struct { uint32_t *words; size_t bytes; } Shader;

static Shader readShader(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.spv", shaderFolder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        FAIL("no %s", path);
    Shader shader = { malloc(1 << 16), 0 };
    shader.bytes = fread(shader.words, 1, 1 << 16, file);
    fclose(file);
    return shader;
}

typedef struct {
    VkDevice device;
    VkQueue queue;
    VkCommandPool pool;
    VkCommandBuffer commands;
    VkBuffer buffer;
    VkDeviceMemory memory;
    uint32_t *values;
    VkDescriptorSetLayout setLayout;
    VkPipelineLayout layout;
    VkDescriptorPool descriptors;
    VkDescriptorSet set;
    VkPipelineCache cache;
    VkPipeline pipeline;
    int constantBytes;
} Context;

// A device with one buffer of VALUES numbers, all 0, and a pipeline; cacheData saves the compiler's work.
static void createContext(Context *c, Shader shader, int constantBytes, const void *cacheData, size_t cacheBytes)
{
    memset(c, 0, sizeof *c);
    c->constantBytes = constantBytes;
    float priority = 1;
    VkDeviceQueueCreateInfo queue = { .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority };
    VkPhysicalDeviceFaultFeaturesEXT faults = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FAULT_FEATURES_EXT, .deviceFault = VK_TRUE };
    VkPhysicalDeviceBufferDeviceAddressFeatures addresses = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES, .pNext = &faults, .bufferDeviceAddress = VK_TRUE };
    const char *extensions[] = { VK_EXT_DEVICE_FAULT_EXTENSION_NAME, VK_KHR_BUFFER_DEVICE_ADDRESS_EXTENSION_NAME,
        VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME };
    VkDeviceCreateInfo device = { .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &addresses, .queueCreateInfoCount = 1,
        .pQueueCreateInfos = &queue, .enabledExtensionCount = hostPages ? 3 : 2, .ppEnabledExtensionNames = extensions };
    CHECK(CreateDevice(physical, &device, NULL, &c->device));
    GetDeviceQueue(c->device, 0, 0, &c->queue);

    VkExternalMemoryBufferCreateInfo external = { .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
        .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT };
    VkBufferCreateInfo buffer = { .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .pNext = hostPages ? &external : NULL, .size = VALUES * 4, .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT };
    CHECK(CreateBuffer(c->device, &buffer, NULL, &c->buffer));
    VkMemoryRequirements needs;
    GetBufferMemoryRequirements(c->device, c->buffer, &needs);
    VkMemoryAllocateInfo memory = { .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = needs.size, .memoryTypeIndex = memoryType };
    VkImportMemoryHostPointerInfoEXT import = { .sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT,
        .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT, .pHostPointer = hostPages };
    if (hostPages) {
        memory.pNext = &import;
        memory.allocationSize = pageBytes;
    }
    CHECK(AllocateMemory(c->device, &memory, NULL, &c->memory));
    CHECK(BindBufferMemory(c->device, c->buffer, c->memory, 0));
    if (hostPages)
        c->values = hostPages;
    else
        CHECK(MapMemory(c->device, c->memory, 0, VK_WHOLE_SIZE, 0, (void **)&c->values));
    memset(c->values, 0, VALUES * 4);

    VkDescriptorSetLayoutBinding binding = { .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .descriptorCount = 1, .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT };
    VkDescriptorSetLayoutCreateInfo setLayout = { .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = 1, .pBindings = &binding };
    CHECK(CreateDescriptorSetLayout(c->device, &setLayout, NULL, &c->setLayout));
    VkPushConstantRange range = { .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .size = constantBytes };
    VkPipelineLayoutCreateInfo layout = { .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = 1, .pSetLayouts = &c->setLayout,
        .pushConstantRangeCount = constantBytes > 0, .pPushConstantRanges = &range };
    CHECK(CreatePipelineLayout(c->device, &layout, NULL, &c->layout));
    VkDescriptorPoolSize poolSize = { VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1 };
    VkDescriptorPoolCreateInfo descriptors = { .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, .maxSets = 1, .poolSizeCount = 1, .pPoolSizes = &poolSize };
    CHECK(CreateDescriptorPool(c->device, &descriptors, NULL, &c->descriptors));
    VkDescriptorSetAllocateInfo sets = { .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, .descriptorPool = c->descriptors,
        .descriptorSetCount = 1, .pSetLayouts = &c->setLayout };
    CHECK(AllocateDescriptorSets(c->device, &sets, &c->set));
    VkDescriptorBufferInfo whole = { c->buffer, 0, VK_WHOLE_SIZE };
    VkWriteDescriptorSet write = { .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = c->set, .descriptorCount = 1,
        .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .pBufferInfo = &whole };
    UpdateDescriptorSets(c->device, 1, &write, 0, NULL);

    VkPipelineCacheCreateInfo cache = { .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO, .initialDataSize = cacheBytes, .pInitialData = cacheData };
    CHECK(CreatePipelineCache(c->device, &cache, NULL, &c->cache));
    VkShaderModuleCreateInfo module = { .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = shader.bytes, .pCode = shader.words };
    VkComputePipelineCreateInfo pipeline = { .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO, .layout = c->layout,
        .stage = { .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_COMPUTE_BIT, .pName = "main" } };
    CHECK(CreateShaderModule(c->device, &module, NULL, &pipeline.stage.module));
    CHECK(CreateComputePipelines(c->device, c->cache, 1, &pipeline, NULL, &c->pipeline));
    DestroyShaderModule(c->device, pipeline.stage.module, NULL);

    VkCommandPoolCreateInfo pool = { .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT };
    CHECK(CreateCommandPool(c->device, &pool, NULL, &c->pool));
    VkCommandBufferAllocateInfo commands = { .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = c->pool, .commandBufferCount = 1 };
    CHECK(AllocateCommandBuffers(c->device, &commands, &c->commands));
}

static void destroyContext(Context *c)
{
    DestroyCommandPool(c->device, c->pool, NULL);
    DestroyPipeline(c->device, c->pipeline, NULL);
    DestroyPipelineCache(c->device, c->cache, NULL);
    DestroyDescriptorPool(c->device, c->descriptors, NULL);
    DestroyPipelineLayout(c->device, c->layout, NULL);
    DestroyDescriptorSetLayout(c->device, c->setLayout, NULL);
    DestroyBuffer(c->device, c->buffer, NULL);
    FreeMemory(c->device, c->memory, NULL);
    DestroyDevice(c->device, NULL);
}

static VkResult run(Context *c, uint64_t constant)
{
    VkCommandBufferBeginInfo begin = { .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT };
    CHECK(BeginCommandBuffer(c->commands, &begin));
    CmdBindPipeline(c->commands, VK_PIPELINE_BIND_POINT_COMPUTE, c->pipeline);
    CmdBindDescriptorSets(c->commands, VK_PIPELINE_BIND_POINT_COMPUTE, c->layout, 0, 1, &c->set, 0, NULL);
    if (c->constantBytes > 0)
        CmdPushConstants(c->commands, c->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, c->constantBytes, &constant);
    CmdDispatch(c->commands, VALUES / LOCAL_SIZE, 1, 1);
    CHECK(EndCommandBuffer(c->commands));
    VkSubmitInfo submit = { .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &c->commands };
    VkResult result = QueueSubmit(c->queue, 1, &submit, VK_NULL_HANDLE);
    return result == VK_SUCCESS ? QueueWaitIdle(c->queue) : result;
}

static void runHealthy(Context *c)
{
    memset(c->values, 0, VALUES * 4);
    CHECK(run(c, 0));
    for (uint32_t i = 0; i < VALUES; i++)
        if (c->values[i] != i * i)
            FAIL("value %u is %u", i, c->values[i]);
}

static void *saveCache(Context *c, size_t *bytes)
{
    CHECK(GetPipelineCacheData(c->device, c->cache, bytes, NULL));
    void *data = malloc(*bytes);
    CHECK(GetPipelineCacheData(c->device, c->cache, bytes, data));
    return data;
}

// ---- faults

static Shader wild, healthy;
static void *wildCache;
static size_t wildCacheBytes;
static atomic_long faultsLeft, faultsReported, hostFaultsMade, exceptions;

static void *stormWorker(void *argument)
{
    // The addresses are of no buffer, wherever a device's 2^32 to 2^40 bytes end.
    static const uint64_t addresses[] = { 0x10, 0xDEADBEEFF000, 0xFFFF, 0x7FFFFFFFF000 };
    long seed = (long)(intptr_t)argument;
    Context good;
    createContext(&good, healthy, 0, NULL, 0);
    for (long i = seed; atomic_fetch_sub(&faultsLeft, 1) > 0; i++) {
        Context c;
        createContext(&c, wild, 8, wildCache, wildCacheBytes);
        VkResult result = run(&c, addresses[i & 3]);
        if (result != VK_ERROR_DEVICE_LOST)
            FAIL("a store to %llx gave %d", (unsigned long long)addresses[i & 3], result);
        if (run(&c, addresses[i & 3]) != VK_ERROR_DEVICE_LOST)
            FAIL("a lost device took work");
        VkDeviceFaultCountsEXT counts = { .sType = VK_STRUCTURE_TYPE_DEVICE_FAULT_COUNTS_EXT };
        CHECK(GetDeviceFaultInfoEXT(c.device, &counts, NULL));
        if (counts.addressInfoCount > 0)
            atomic_fetch_add(&faultsReported, 1);
        destroyContext(&c);

        if (i % 4 == 0) {
            hostFault();
            atomic_fetch_add(&hostFaultsMade, 1);
        }
        if (i % 16 == 0)
            runHealthy(&good);
        if (i % 32 == 0) {
            // A null pointer where Vulkan wants a struct: an exception inside the driver, an error code outside.
            VkBuffer none;
            if (CreateBuffer(good.device, NULL, NULL, &none) >= 0)
                FAIL("vkCreateBuffer took a null pointer");
            atomic_fetch_add(&exceptions, 1);
        }
    }
    runHealthy(&good);
    destroyContext(&good);
    return NULL;
}

static void storm(long count, int threads)
{
    wild = readShader("wild_address");
    healthy = readShader("healthy");
    Context first;
    createContext(&first, wild, 8, NULL, 0);
    wildCache = saveCache(&first, &wildCacheBytes);
    destroyContext(&first);

    atomic_store(&faultsLeft, count);
    double start = nowMs();
    pthread_t workers[64];
    for (int i = 0; i < threads; i++)
        if (pthread_create(&workers[i], NULL, stormWorker, (void *)(intptr_t)i))
            FAIL("no thread");
    for (int i = 0; i < threads; i++)
        pthread_join(workers[i], NULL);
    double time = nowMs() - start;
    if (faultsReported != count || hostFaultsSeen != hostFaultsMade || hostFaultsMade == 0 || strangeFaults != 0 || exceptions == 0)
        FAIL("%ld of %ld faults reported, %ld of %ld host faults seen", faultsReported, count, hostFaultsSeen, hostFaultsMade);
    printf("ok %ld faults, %ld faults of the host, %ld exceptions, %.0f us a fault\n", count, hostFaultsSeen, exceptions, time * 1e3 / count);
}

// ---- watchdog

static atomic_int looping;
static double loopMs;
static VkResult loopResult;

static void *loopWorker(void *argument)
{
    Context *c = argument;
    double start = nowMs();
    loopResult = run(c, 0);
    loopMs = nowMs() - start;
    atomic_store(&looping, 0);
    return NULL;
}

static void watchdog(double limitMs, double slackMs)
{
    healthy = readShader("healthy");
    Context endless, good;
    createContext(&endless, readShader("endless_loop"), 0, NULL, 0);
    createContext(&good, healthy, 0, NULL, 0);
    runHealthy(&good);
    atomic_store(&looping, 1);
    pthread_t thread;
    if (pthread_create(&thread, NULL, loopWorker, &endless))
        FAIL("no thread");
    long meanwhile = 0;
    for (; atomic_load(&looping); meanwhile++)
        runHealthy(&good);
    pthread_join(thread, NULL);
    if (loopResult != VK_ERROR_DEVICE_LOST)
        FAIL("the loop ended with %d", loopResult);
    if (loopMs < limitMs || loopMs > limitMs + slackMs)
        FAIL("the loop was stopped after %.1f ms, not %.0f to %.0f", loopMs, limitMs, limitMs + slackMs);
    if (meanwhile < 10)
        FAIL("the other device got to run %ld times only", meanwhile);
    runHealthy(&good);
    destroyContext(&endless);
    destroyContext(&good);
    printf("ok stopped after %.1f ms, %ld right results meanwhile\n", loopMs, meanwhile);
}

// ---- memory of the host

static void hostMemory(long count)
{
    healthy = readShader("healthy");
    for (long i = 0; i < count; i++) {
        // From malloc: pages in the middle of a block, small enough for the heap or with a mapping of its own; by alignment; from mmap.
        size_t bytes = i & 1 ? 3 * pageBytes : 1 << 20;
        char *block = malloc(bytes), *aligned = NULL;
        char *mapped = mmap(NULL, 3 * pageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (!block || mapped == MAP_FAILED || posix_memalign((void **)&aligned, pageBytes, 2 * pageBytes))
            FAIL("no memory");
        char *pages[] = { (char *)(((uintptr_t)block + pageBytes - 1) & -pageBytes), aligned + pageBytes, mapped + pageBytes };
        for (int kind = 0; kind < 3; kind++) {
            // What lies around the values must stay.
            memset(pages[kind], 0x5A, pageBytes);
            Context c;
            hostPages = pages[kind];
            createContext(&c, healthy, 0, NULL, 0);
            runHealthy(&c);
            runHealthy(&c);
            destroyContext(&c);
            for (uint32_t j = 0; j < VALUES; j++)
                if (((uint32_t *)pages[kind])[j] != j * j)
                    FAIL("value %u is %u afterwards", j, ((uint32_t *)pages[kind])[j]);
            for (long j = VALUES * 4; j < pageBytes; j++)
                if (pages[kind][j] != 0x5A)
                    FAIL("byte %ld has changed", j);
            memset(pages[kind], 0xA5, pageBytes);
        }
        free(block);
        free(aligned);
        munmap(mapped, 3 * pageBytes);
    }
    printf("ok %ld times three kinds of the host's memory\n", count);
}

// ---- memory of the host, with others in its first and its last page

#define BLOCKS 24

static atomic_int crowdIsOver;
static atomic_long crowdChecks;

static uint32_t nextRandom(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    return *state ^= *state << 5;
}

// Takes, fills, checks and frees blocks of many sizes, which lie in the pages that are imported and beside each other.
static void *crowd(void *argument)
{
    uint32_t random = (uint32_t)(uintptr_t)argument * 2654435761u + 1;
    uint32_t *blocks[BLOCKS] = { 0 }, words[BLOCKS] = { 0 }, seeds[BLOCKS] = { 0 };
    for (long round = 0; !atomic_load(&crowdIsOver); round++) {
        int i = nextRandom(&random) % BLOCKS;
        for (uint32_t j = 0; blocks[i] && j < words[i]; j++)
            if (blocks[i][j] != seeds[i] + j)
                FAIL("word %u of %u is %x, not %x", j, words[i], blocks[i][j], seeds[i] + j);
        if (nextRandom(&random) % 4 == 0) {
            free(blocks[i]);
            words[i] = nextRandom(&random) % (nextRandom(&random) % 16 ? 200 : 5000) + 1;
            blocks[i] = random & 64 ? calloc(words[i], 4) : malloc(words[i] * 4);
            for (uint32_t j = 0; random & 64 && j < words[i]; j++)
                if (blocks[i][j])
                    FAIL("word %u from calloc is %x", j, blocks[i][j]);
        }
        seeds[i] = random;
        for (uint32_t j = 0; blocks[i] && j < words[i]; j++)
            blocks[i][j] = seeds[i] + j;
        atomic_fetch_add(&crowdChecks, 1);
    }
    return NULL;
}

static void crowdedImports(long count, int threads)
{
    healthy = readShader("healthy");
    hostPages = aligned_alloc(pageBytes, pageBytes);
    Context c;
    createContext(&c, healthy, 0, NULL, 0);
    pthread_t ids[threads];
    for (int i = 0; i < threads; i++)
        pthread_create(&ids[i], NULL, crowd, (void *)(uintptr_t)(i + 1));
    uint32_t random = 1;
    for (long i = 0; i < count; i++) {
        // Like the planes of a frame: three of one block, whose first and last pages are each other's and other threads'.
        size_t plane = nextRandom(&random) % 30000 + 100;
        unsigned char *block = malloc(3 * plane);
        memset(block, (int)i, 3 * plane);
        VkDeviceMemory memory[3];
        for (int j = 0; j < 3; j++) {
            uintptr_t start = (uintptr_t)(block + j * plane) & -pageBytes, end = ((uintptr_t)(block + (j + 1) * plane) + pageBytes - 1) & -pageBytes;
            VkImportMemoryHostPointerInfoEXT import = { .sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT,
                .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT, .pHostPointer = (void *)start };
            VkMemoryAllocateInfo info = { .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &import, .allocationSize = end - start,
                .memoryTypeIndex = memoryType };
            CHECK(AllocateMemory(c.device, &info, NULL, &memory[j]));

            // The device reaches the block where it should: at the same place of the pages.
            unsigned char *mapped;
            CHECK(MapMemory(c.device, memory[j], 0, VK_WHOLE_SIZE, 0, (void **)&mapped));
            unsigned char *last = block + (j + 1) * plane - 1;
            *last = (unsigned char)~i;
            if (mapped[(uintptr_t)last - start] != (unsigned char)~i)
                FAIL("the device does not see what the host writes");
            mapped[(uintptr_t)last - start] = (unsigned char)i;
        }
        for (int j = 0; j < 3; j++)
            FreeMemory(c.device, memory[(j + i) % 3], NULL);
        for (size_t j = 0; j < 3 * plane; j++)
            if (block[j] != (unsigned char)i)
                FAIL("byte %zu of %zu has changed in round %ld", j, 3 * plane, i);
        free(block);
    }
    atomic_store(&crowdIsOver, 1);
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    runHealthy(&c);
    destroyContext(&c);
    printf("ok %ld times three imports, %ld blocks of %d threads checked\n", count, atomic_load(&crowdChecks), threads);
}

int main(int count, char **arguments)
{
    if (count < 5)
        FAIL("usage: storm LIBRARY SHADERS faults COUNT THREADS | watchdog LIMIT_MS SLACK_MS | unload COUNT | host COUNT | crowd COUNT THREADS");
    installHostHandler();
    shaderFolder = arguments[2];
    if (!strcmp(arguments[3], "unload")) {
        healthy = readShader("healthy");
        for (int i = 0; i < atoi(arguments[4]); i++) {
            void *library = openDriver(arguments[1]);
            Context c;
            createContext(&c, healthy, 0, NULL, 0);
            runHealthy(&c);
            destroyContext(&c);
            DestroyInstance(instance, NULL);
            dlclose(library);
            hostFault();
        }
        if (hostFaultsSeen != atoi(arguments[4]))
            FAIL("%ld host faults seen", hostFaultsSeen);
        printf("ok unloaded %s times\n", arguments[4]);
        return 0;
    }

    void *library = openDriver(arguments[1]);
    if (!strcmp(arguments[3], "faults"))
        storm(atol(arguments[4]), count > 5 ? atoi(arguments[5]) : 4);
    else if (!strcmp(arguments[3], "watchdog"))
        watchdog(atof(arguments[4]), count > 5 ? atof(arguments[5]) : 100);
    else if (!strcmp(arguments[3], "host"))
        hostMemory(atol(arguments[4]));
    else if (!strcmp(arguments[3], "crowd"))
        crowdedImports(atol(arguments[4]), count > 5 ? atoi(arguments[5]) : 4);
    else
        FAIL("no mode %s", arguments[3]);
    DestroyInstance(instance, NULL);
    dlclose(library);
    return 0;
}
