# Imported targets hwlicense::static and hwlicense::shared, found relative to this file.
get_filename_component(hwlicense_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET hwlicense::static AND EXISTS "${hwlicense_PREFIX}/lib/libhwlicense.a")
    add_library(hwlicense::static STATIC IMPORTED)
    set_target_properties(hwlicense::static PROPERTIES
        IMPORTED_LOCATION "${hwlicense_PREFIX}/lib/libhwlicense.a"
        IMPORTED_LINK_INTERFACE_LANGUAGES "C"
        INTERFACE_INCLUDE_DIRECTORIES "${hwlicense_PREFIX}/include"
        INTERFACE_LINK_LIBRARIES "@LIBS_CMAKE@")
endif()

if(NOT TARGET hwlicense::shared AND EXISTS "${hwlicense_PREFIX}/lib/libhwlicense.so.@VERSION@")
    add_library(hwlicense::shared SHARED IMPORTED)
    set_target_properties(hwlicense::shared PROPERTIES
        IMPORTED_LOCATION "${hwlicense_PREFIX}/lib/libhwlicense.so.@VERSION@"
        IMPORTED_SONAME "@SONAME@"
        INTERFACE_INCLUDE_DIRECTORIES "${hwlicense_PREFIX}/include")
endif()

if(NOT TARGET hwlicense::static AND NOT TARGET hwlicense::shared)
    set(hwlicense_FOUND FALSE)
    set(hwlicense_NOT_FOUND_MESSAGE "no library lies in ${hwlicense_PREFIX}/lib")
endif()
